"""Error against difficulty, run by Streamlit's own test runner. What only a browser shows is in tests/browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.answers.models.confusion import confusion
from core.answers.models.confusion_cells import ConfusionCell
from core.answers.models.error_slices import ErrorSlice
from core.answers.models.evaluating_labels import evaluating_labels
from core.answers.models.predicted_as import PredictedAs
from core.answers.models.predictions import model_predictions
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader, open_reader
from core.plots.style import plain
from core.store.audit import find_audit
from tests.pages.conftest import text, titles


@pytest.fixture
def opened(show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the page on an audit with an address; what it says with the app."""

    def run(audit: dict[str, Any], **address: str) -> AppTest:
        monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**audit))
        app = show("error_by_difficulty", address)
        assert not app.exception
        return app

    return run


Page = Callable[..., AppTest]
AUDIT = {"n": 300}


def sample(folder: str) -> Reader:
    """The audit as the page reads it."""
    return open_reader(find_audit("sample", Path(folder)))


def test_every_figure_of_an_audit_with_runs(opened: Page) -> None:
    app = opened(AUDIT)
    assert "Higher rmd goes with more error" in text(app) or "is not shown to go with error" in text(app)
    found = titles(app)
    assert found[0].startswith("Error by decile of rmd, resnet8, held-out images: the hardest decile holds")
    assert [title.split(",")[0].split(":")[0] for title in found[1:]] == [
        "Error of both ends and of all", found[2].split(",")[0], "Error by fifth of rmd within a class",
        "Given labels against predictions of resnet8",
    ]  # fmt: skip
    assert "hardlook score vog --audit sample" in text(app)  # there is no early stage


def test_figures_may_be_of_one_predicted_class(opened: Page, folder_with: Callable[..., str]) -> None:
    reader = sample(folder_with(**AUDIT))
    chosen = PredictedAs(1, reader.hub.audit.latest("train").run_id, "ids:0-250")
    app = opened(AUDIT, only=chosen.encode(reader))
    assert f"predicted {plain(reader.class_names[1])}" in titles(app)[0]
    (box,) = [one for one in app.selectbox if one.label == "predicted class"]
    assert box.value == 1
    box.set_value(-1).run()
    assert app.query_params["only"] == "ids:0-250"


@pytest.mark.parametrize(
    ("audit", "says"),
    [
        ({"runs": False, "n": 20}, "hardlook score rmd --audit sample"),
        ({"labelled": False, "n": 40}, "no prediction can be called wrong"),
        ({"n": 12}, "need ten images"),
        ({"n_classes": 1, "n": 80}, "too few to say which way rmd points"),
        ({"n": 1000, "n_classes": 1000}, "No class has five evaluated images"),
        ({"evaluated": False, "n": 80}, "AUROC"),
    ],
    ids=str,
)
def test_every_kind_of_audit_is_shown(opened: Page, audit: dict[str, Any], says: str) -> None:
    assert says in text(opened(audit))


@pytest.mark.parametrize(
    "address",
    [
        {"curves": "nonesuch@x,,@"}, {"images": "nonesuch"}, {"images": "every"}, {"class": "shirt"}, {"split": "test"},
        {"classes": "shirt|nonesuch"}, {"vog": "nonesuch"}, {"opened": "part=decile+1", "at": "deciles"},
        {"where": "mode:L"}, {"picture": "bmp"}, {"model": "x", "score": "y"},
    ],
    ids=str,
)  # fmt: skip
def test_any_address_is_answered(opened: Page, address: dict[str, str]) -> None:
    assert titles(opened(AUDIT, **address))


def test_a_split_without_held_out_images_says_so(opened: Page) -> None:
    assert "No image in view is among the held-out images of resnet8" in text(opened(AUDIT, split="train"))


def test_images_that_were_trained_on_come_with_a_caution(opened: Page) -> None:
    app = opened(AUDIT, images="every")
    assert "the model was trained on" in text(app)
    assert "are not comparable" in text(app)


def test_a_score_measured_with_its_own_model_s_errors_comes_with_a_caution(
    opened: Page, folder_with: Callable[..., str]
) -> None:
    reader = sample(folder_with(**AUDIT))
    vog = next(info.address for info in reader.scores if info.name == "vog_logit_late")
    shown = text(opened(AUDIT, score=vog, images="every"))
    assert "made from the same model, resnet8" in shown
    assert "out of fold" not in shown  # there is no such score to take
    assert "made from the same model" not in text(opened(AUDIT))


def test_a_score_laid_over_another_is_called_lowest_to_highest_without_a_direction(
    opened: Page, folder_with: Callable[..., str]
) -> None:
    reader = sample(folder_with(**AUDIT))
    vog = next(info.address for info in reader.scores if info.name == "vog_logit_late")
    train = next(run.run_id for run in reader.hub.runs if run.kind == "train")
    app = opened(AUDIT, curves=f"{vog}@{train}")
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [trace["name"] for trace in spec["data"]] == ["rmd", "vog_logit_late"]
    assert spec["layout"]["xaxis"]["ticktext"][0] == "1<br>easiest or lowest"
    assert "deciles are called lowest and highest" in text(app)


def test_an_opened_bar_shows_its_images_and_the_way_to_the_light_table(
    opened: Page, folder_with: Callable[..., str]
) -> None:
    reader = sample(folder_with(**AUDIT))
    train = next(run.run_id for run in reader.hub.runs if run.kind == "train")
    only = ErrorSlice("decile 10", reader.scores[0].address, train, "", Selection()).encode(reader)
    app = opened(AUDIT, opened=only.partition(":")[2], at="deciles")
    (grid,) = [
        json.loads(each.proto.json)[0] for each in app.get("bidi_component") if "grid" in each.proto.component_name
    ]
    (band,) = grid["sheets"]["1"]["bands"]
    assert band["groups"][0]["title"].startswith("Hardest decile by rmd, resnet8")
    links = [link.proto.label for link in app.get("page_link")]
    assert any(label.startswith("Open these") for label in links)


def test_a_matrix_says_which_class_is_taken_for_which_and_how_often(opened: Page) -> None:
    app = opened(AUDIT)
    title = next(one for one in titles(app) if one.startswith("Given labels against predictions of resnet8"))
    assert "most often" in title
    assert "Most confused pairs" in text(app)
    for address in (
        {"decile": "10"},
        {"decile": "99"},
        {"cells": "shares"},
        {"labels": "nonesuch"},
        {"class": "shirt"},
    ):
        assert any("against predictions of resnet8" in one for one in titles(opened(AUDIT, **address)))
    assert any("decile 10 of rmd" in one for one in titles(opened(AUDIT, decile="10")))


def test_a_thousand_classes_are_listed_by_pairs_and_not_drawn(opened: Page) -> None:
    app = opened({"n": 2000, "n_classes": 1000})
    assert not any("against predictions" in one for one in titles(app))
    assert "Given labels against predictions of resnet8" in text(app)
    assert "Most confused pairs" in text(app)


def test_the_images_of_a_cell_are_shown_below_it(opened: Page, folder_with: Callable[..., str]) -> None:
    reader = sample(folder_with(**AUDIT))
    run = next(run for run in reader.hub.runs if run.kind == "train")
    model = model_predictions(reader, run.run_id)
    pair = confusion(model, evaluating_labels(reader, ""), np.flatnonzero(model.rows())).pairs[0]
    cell = ConfusionCell(pair.label, pair.predicted, run.run_id, "", "", Selection()).encode(reader)
    app = opened(AUDIT, opened=cell.partition(":")[2], at="confusion")
    assert any(button.key == "close_cell" for button in app.button)
    cell = cell.replace("confusion:", "").replace("label=", "label=x")
    assert not any(button.key == "close_cell" for button in opened(AUDIT, opened=cell, at="confusion").button)


def test_a_class_opened_in_the_figure_of_classes_is_shown_below_it(
    opened: Page, folder_with: Callable[..., str]
) -> None:
    reader = sample(folder_with(**AUDIT))
    model = next(run.run_id for run in reader.hub.runs if run.kind == "train")
    only = ErrorSlice("all", reader.scores[0].address, model, "", Selection(label=2)).encode(reader)
    app = opened(AUDIT, opened=only.partition(":")[2], at="class means", show="beside")
    assert any(
        title.startswith("Classes by rmd and by error, held-out images: over 5 classes") for title in titles(app)
    )
    (grid,) = [
        json.loads(each.proto.json)[0] for each in app.get("bidi_component") if "grid" in each.proto.component_name
    ]
    (band,) = grid["sheets"]["1"]["bands"]
    assert band["groups"][0]["title"].startswith(f"All by rmd, {reader.class_names[2]}, resnet8")
