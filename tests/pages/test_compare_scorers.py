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
from core.answers.scores.pair import RANKS, encode_pair
from core.answers.view.choices import score_choices
from core.answers.view.reader import Reader, open_reader
from core.answers.view.shapes import Box
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store.audit import find_audit
from core.store.lookups import image_rows
from tests.audits import build_audit, publish
from tests.pages.conftest import components, text

PAGE = "compare_scorers"


def titles(app: AppTest) -> list[str]:
    """Of every figure."""
    return [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]


PANELS = ("two", "quadrants", "all", "truth")


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
