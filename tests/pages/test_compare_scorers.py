"""The page Compare scorers on every kind of audit."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.answers.review.random_sample import sample_at
from core.answers.scores.pair import RANKS, VALUES, encode_pair
from core.answers.view.choices import score_choices
from core.answers.view.reader import Reader, open_reader
from core.answers.view.shapes import Box, Outline
from core.pipeline.self_test.self_test import self_test
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store.audit import find_audit
from core.store.lookups import image_rows
from tests.audits import Made, build_audit, publish
from tests.pages.conftest import components, text
from tests.pages.figures_said import shown_on, unsaid
from tests.pictures import Heard

PAGE = "compare_scorers"


def titles(app: AppTest) -> list[str]:
    """Of every figure."""
    return [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]


PANELS = ("two", "quadrants", "dynamics", "all", "truth", "planted")


KINDS: list[tuple[str, dict[str, Any]]] = [
    (panel, audit) for panel in PANELS for audit in ({}, {"n_classes": 1}, {"labelled": False})
]


@pytest.mark.parametrize(("panel", "audit"), KINDS, ids=str)
def test_every_panel_of_every_kind_of_audit_is_shown(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, panel: str,
    audit: dict[str, Any],
) -> None:  # fmt: skip
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**({"n": 60} | audit)))
    app = show(PAGE, {"show": panel})
    assert not app.exception
    said = text(app)
    if panel == "quadrants":
        assert "hardlook score suspicion --audit sample" in said
    elif panel == "dynamics":
        assert "hardlook score data_map --audit sample" in said
    elif panel == "planted":
        assert "hardlook selftest --audit sample" in said
    elif panel == "truth":
        assert "hardlook evaluate --audit sample" in said
    else:
        assert titles(app)


def test_a_corner_opens_its_images(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=120)
    reader = open_reader(find_audit("sample", tmp_path))
    a, b = (one.address for one in score_choices(reader))
    app = show(PAGE)
    assert "Draw a box or a lasso" in text(app)
    only = encode_pair(a, b, RANKS, Box(80, np.inf, -np.inf, 20))
    app = show(PAGE, {"drawn": only})
    assert not app.exception
    assert "rmd percentile from 80.0, vog_logit_late percentile up to 20.0" in text(app)
    assert components(app)["hardlook_grid"]["sheets"]


def test_quadrants_count_and_open(show: Callable[..., AppTest], tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=40)
    publish(made.audit, "score", "suspicion", {
        "score": {"name": ["suspicion"] * 40, "image_id": np.arange(40, dtype=np.int32),
                  "value": np.linspace(0, 1, 40).astype(np.float32)},
        "score_column": {"name": ["suspicion"], "scorer": ["suspicion"], "parameters": ["{}"], "direction": [1]},
    })  # fmt: skip
    app = show(PAGE, {"show": "quadrants"})
    assert not app.exception
    names = [button.label for button in app.button]
    assert any(name.startswith("probably wrong · ") for name in names)
    next(button for button in app.button if button.label.startswith("easy · ")).click().run()
    assert app.query_params["drawn"].startswith("pair:")
    assert not app.exception
    assert components(app)["hardlook_grid"]["sheets"]


def scored_dynamics(made: Made) -> tuple[str, str]:
    """A data map of the audit's model: the images from the first, never learned, to the last, learned at once."""
    n = len(made.labels)
    model = made.audit.latest("train").run_id
    columns = {"p_label_mean": np.linspace(0, 1, n), "p_label_sd": 0.4 - np.abs(np.linspace(-0.4, 0.4, n))}
    tables = {
        "score": {"name": np.repeat(list(columns), n), "image_id": np.tile(np.arange(n, dtype=np.int32), 2),
                  "value": np.concatenate(list(columns.values())).astype(np.float32)},
        "score_column": {"name": list(columns), "scorer": ["data_map"] * 2, "parameters": ["{}"] * 2,
                         "direction": [-1, None], "model_run": [model] * 2},
    }  # fmt: skip
    run_id = publish(made.audit, "score", "data_map", tables)
    return f"{run_id}:p_label_sd", f"{run_id}:p_label_mean"


@pytest.mark.parametrize("colour", ["errors", "class", "score", "count"])
def test_a_region_of_the_data_map_opens_its_images_in_every_colouring(
    show: Callable[..., AppTest], tmp_path: Path, colour: str
) -> None:
    scored_dynamics(build_audit(tmp_path, n=60))
    app = show(PAGE, {"show": "dynamics", "colour": colour})
    assert not app.exception
    (title,) = titles(app)
    assert title.startswith("Data map of ")
    said = text(app)
    assert "borders are our own choice" in said
    assert "no suspect" in said
    assert not unsaid(shown_on(app))
    labels = [button.label for button in app.button if button.label.startswith(("easy to", "ambiguous", "hard to"))]
    assert labels == ["easy to learn · 20", "ambiguous · 20", "hard to learn · 20"]
    next(button for button in app.button if button.label.startswith("hard to learn")).click().run()
    assert not app.exception
    assert app.query_params["drawn"].startswith("pair:")
    assert components(app)["hardlook_grid"]["sheets"]


def test_a_lasso_on_the_data_map_opens_what_lies_in_it(show: Callable[..., AppTest], tmp_path: Path) -> None:
    sd, mean = scored_dynamics(build_audit(tmp_path, n=60))
    low = Outline((-0.1, 0.5, 0.5, -0.1), (-0.1, -0.1, 0.1, 0.1))
    app = show(PAGE, {"show": "dynamics", "drawn": encode_pair(sd, mean, VALUES, low)})
    assert not app.exception
    assert "drawn on p_label_sd and p_label_mean" in text(app)
    assert "6 images in view" in text(app)
    assert json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["shapes"][0]["type"] == "path"


def test_curves_stand_where_evaluating_kept_their_points(show: Callable[..., AppTest], tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=40)
    address = score_choices(open_reader(made.audit))[0].address
    rows = [("label_auroc", "all", 0.9), ("label_average_precision", "all", 0.6)]
    rows += [("label_true_positive_rate", f"false positive rate {x}", x) for x in (0, 0.5, 1)]
    rows += [("label_precision_at_recall", f"recall {x}", 1 - x / 2) for x in (0.1, 0.5, 1)]
    publish(made.audit, "evaluate", "true", {"metric": {
        "name": [row[0] for row in rows], "subject": [address] * len(rows), "slice": [row[1] for row in rows],
        "value": [row[2] for row in rows], "low": [0.1] * len(rows), "high": [0.9] * len(rows), "n": [40] * len(rows),
    }})  # fmt: skip
    app = show(PAGE, {"show": "truth"})
    assert not app.exception
    assert any("(ROC)" in title for title in titles(app))
    assert "hardlook_table" in components(app)


def review(reader: Reader, ids: Sequence[int]) -> None:
    """Somebody decides these images: every third label is wrong."""
    journal = open_journal(reader.hub.audit)
    for row in image_rows(reader.hub, np.asarray(ids)):
        picture = ReviewedImage(row["key"], row["content_hash"], reader.class_name(row["label"]))
        verdict = "excluded" if row["image_id"] % 3 == 0 else "confirmed"
        decide(journal, Decision(picture, verdict, seen=journal.last), By("ann"))
    journal.close()


def test_a_reviewed_random_sample_draws_the_curves_and_says_so(show: Callable[..., AppTest], tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=300, n_classes=2).audit)
    review(reader, sample_at(reader, score_choices(reader)[0].address, 0, 100).tolist())
    app = show(PAGE, {"show": "truth"})
    assert not app.exception
    assert any("(ROC)" in title for title in titles(app))
    assert "not compared with" in app.get("plotly_chart")[0].proto.spec
    assert "From the random sample drawn by rmd: 100 reviewed images" in text(app)
    assert "chosen by a score" not in text(app)
    assert "hardlook_table" in components(app)


def test_a_reviewed_queue_draws_them_with_a_caution_and_the_way_to_a_sample(
    show: Callable[..., AppTest], tmp_path: Path
) -> None:
    made = build_audit(tmp_path, n=300, n_classes=2)
    review(open_reader(made.audit), np.argsort(-np.nan_to_num(made.values["rmd"]))[:60].tolist())
    app = show(PAGE, {"show": "truth"})
    assert not app.exception
    assert any("(ROC)" in title for title in titles(app))
    assert "60 reviewed images alone" in text(app)
    assert "chosen by a score and favour it" in text(app)
    assert [link.proto.label for link in app.main.get("page_link")] == ["Review a random sample"]
    assert "mode=sample&drawn=60" in app.main.get("page_link")[0].proto.query_string


def test_too_few_decisions_are_counted_and_the_way_to_more_is_named(
    show: Callable[..., AppTest], tmp_path: Path
) -> None:
    reader = open_reader(build_audit(tmp_path, n=60, n_classes=2).audit)
    review(reader, range(7))
    app = show(PAGE, {"show": "truth"})
    assert not app.exception
    assert not titles(app)
    assert "decided on 7 labels and found 3 of them wrong: curves need at least 10 wrong and 10 right" in text(app)
    assert [link.proto.label for link in app.main.get("page_link")] == ["Review a random sample"]


@pytest.mark.parametrize(
    "address",
    [
        {"show": "x"}, {"against": "none"}, {"scale": "inches"}, {"by_rank": "x", "show": "all"}, {"cut": "x"},
        {"judge": "x", "show": "truth"}, {"judge": "reviews", "show": "truth"},
        {"drawn": "ids:0-3"}, {"class": "no such"}, {"every": "yes", "show": "all"}, {"split": "test", "show": "all"},
    ],
    ids=str,
)  # fmt: skip
def test_any_address_is_answered(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch,
    address: dict[str, str],
) -> None:  # fmt: skip
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(n=60))
    assert not show(PAGE, address).exception


def test_a_region_that_is_none_is_said_in_words(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20)
    app = show(PAGE, {"drawn": "pair:nonsense"})
    assert not app.exception
    assert "is no region of two scores" in text(app)


def test_a_self_test_is_shown_kind_by_kind_with_what_its_figures_are(
    show: Callable[..., AppTest], tmp_path: Path
) -> None:
    made = build_audit(tmp_path, n=120, n_classes=3, computable=True)
    self_test(made.audit, Heard(), rates=(10.0, 20.0), draws=2)
    app = show(PAGE, {"show": "planted", "noise": "pair", "rate": "20"})
    assert not app.exception
    (title,) = titles(app)
    assert title == "Planted labels found, pair noise"
    said = text(app)
    assert "Planted noise is not people" in said
    assert "Every score, pair noise, 20 %" in said
    rows = components(app)["hardlook_table"]["rows"]
    assert {row["cells"][0]["text"] for row in rows} >= {"suspicion", "knn", "rmd_margin", "probe_margin"}
    assert not unsaid(shown_on(app))
    assert "noise=people. There is none such here" in text(show(PAGE, {"show": "planted", "noise": "people"}))
