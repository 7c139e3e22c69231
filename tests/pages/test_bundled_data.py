"""Every page on a part of the bundled data, as the pipeline audits it: what it writes is what they read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from core.answers.models.vog_stages import stage_pairs
from core.answers.view.choices import score_choices
from core.answers.view.reader import open_reader
from core.dataset import IngestOptions
from core.metrics.intervals import wilson
from core.pipeline.audit import audit_everything
from core.store import lookups, views
from core.store.audit import find_audit
from core.store.metrics import read_metrics
from core.store.provenance import provenance_of
from data.make_sample import SAMPLE
from tests.pages.conftest import components, text, titles
from tests.pages.test_provenance import all_unsaid
from tests.pictures import Heard
from tests.serving import PAGES

DRAWS: dict[str, tuple[str, str]] = {
    "overview": ("hardlook_strip", "against the true labels"), "hardest_easiest": ("hardlook_grid", ""),
    "error_by_difficulty": ("", "held-out images in view wrong"), "calibration": ("hardlook_table", "Figures"),
    "compare_scorers": ("", "rmd_oof against"), "embedding_map": ("", "Near duplicates"),
    "label_suspects": ("hardlook_grid", "suspects"), "runs": ("hardlook_table", "resnet8"),
}  # fmt: skip
"""Page -> the component it draws with, and what it says of this data; any other is only opened."""

FIGURES = {
    "overview": "Images per class", "error_by_difficulty": "Error by decile of rmd_oof, resnet8",
    "calibration": "Reliability of resnet8", "compare_scorers": "vog_logit_late against rmd_oof",
    "embedding_map": "LDA · embedded by class", "label_suspects": "Suspects by class, suspicion",
}  # fmt: skip
"""Page -> how the title of its first figure begins."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every twentieth image, audited as `hardlook audit` does. Half a minute, because a network is trained and every
    score computed: pages that read what tests write by hand may agree with the tests and not with the pipeline."""
    made = tmp_path_factory.mktemp("bundled")
    whole = pq.read_table(SAMPLE)
    pq.write_table(whole.take(np.arange(0, whole.num_rows, 20)), made / "part.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(made))
        audit_everything(
            str(made / "part.parquet"), Heard(), name="bundled", options=IngestOptions(), encoder="embedded",
            model="resnet8", epochs=3,
        )  # fmt: skip
    return made


@pytest.fixture
def opened(show: Callable[..., AppTest], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(folder))
    return show


@pytest.mark.parametrize("name", PAGES.values())
def test_every_page_draws_what_it_is_for(opened: Callable[..., AppTest], name: str) -> None:
    app = opened(name)
    assert not app.exception
    component, said = DRAWS.get(name, ("", ""))
    assert not component or component in components(app)
    assert said in text(app)
    assert name not in FIGURES or titles(app)[0].startswith(FIGURES[name])


def test_what_is_called_counted_has_the_interval_of_a_count_and_nothing_else_has(folder: Path) -> None:
    """By the numbers alone: Wilson's interval of so many of n, of every stored share."""
    hub = open_reader(find_audit("bundled", folder)).hub
    rows = [row for row in read_metrics(hub) if row.estimate.n and row.estimate.has_interval]
    assert {row.name for row in rows} >= {"accuracy", "label_precision", "label_true_positive_rate", "error_auroc"}
    for row in rows:
        value, low, high = row.estimate.numbers
        counted = 0 <= value <= 1 and np.allclose(
            (low, high), wilson(value * row.estimate.n, row.estimate.n), atol=1e-9
        )
        provenance = provenance_of(row.name)
        assert provenance is not None
        if row.name != "label_precision_at_recall":  # of a number of images between two whole ones
            assert counted == (provenance.kind == "counted"), row


@pytest.mark.parametrize("name", PAGES.values())
def test_every_figure_says_what_it_is(opened: Callable[..., AppTest], name: str) -> None:
    assert not all_unsaid(opened, name)


def test_true_labels_judge_the_scores(opened: Callable[..., AppTest]) -> None:
    app = opened("compare_scorers", {"show": "truth"})
    assert not app.exception
    assert [title.split(":")[0] for title in titles(app)] == [
        "Wrong labels found against right ones flagged (ROC)", "Precision against recall of wrong labels",
    ]  # fmt: skip
    assert re.search(r"highest average precision of \d+: \S+; ahead of \S+ by [\d.]+.*, paired", titles(app)[0])
    assert "images with true labels" in text(app)


def bands(app: AppTest) -> list[dict[str, Any]]:
    """Of the sheet that is shown."""
    return list(components(app)["hardlook_grid"]["sheets"]["1"]["bands"])


def test_early_and_late_vog_stand_side_by_side_each_with_both_its_ends(
    opened: Callable[..., AppTest], folder: Path
) -> None:
    reader = open_reader(find_audit("bundled", folder))
    pair = stage_pairs(score_choices(reader))[0]
    for asked in (pair.early, pair.late):  # whichever of the two is chosen above
        app = opened("hardest_easiest", {"score": asked.address, "stages": "both", "each": "12"})
        assert not app.exception
        early, late = bands(app)
        assert early["title"].startswith("vog_logit_early")
        assert late["title"].startswith("vog_logit_late")
        for band, choice in ((early, pair.early), (late, pair.late)):
            values = views.score(reader.hub, choice.address)
            order = np.argsort(values, kind="stable")
            keys = [row["key"] for row in lookups.image_rows(reader.hub, np.arange(reader.n_images))]
            shown = [{tile["key"] for tile in group["tiles"]} for group in band["groups"]]
            ends = [{keys[i] for i in order[-12:]}, {keys[i] for i in order[:12]}]
            assert sorted(map(sorted, shown)) == sorted(map(sorted, ends))
    alone = opened("hardest_easiest", {"score": pair.late.address})
    assert len(bands(alone)) == 1
    assert "early and late" in next(box for box in alone.selectbox if box.label == "stages").options


@pytest.mark.parametrize("more", [{"by": "class"}, {"score": "rmd_oof"}, {"page": "2"}], ids=str)
def test_both_stages_are_of_a_pair_and_of_no_other_view(
    opened: Callable[..., AppTest], folder: Path, more: dict[str, str]
) -> None:
    choices = {one.name: one.address for one in score_choices(open_reader(find_audit("bundled", folder)))}
    asked = {"score": choices["vog_logit_late"], "stages": "both"} | more
    asked["score"] = choices.get(asked["score"], asked["score"])
    app = opened("hardest_easiest", asked)
    assert not app.exception
    sheet = next(iter(components(app)["hardlook_grid"]["sheets"].values()))
    assert len(sheet["bands"]) == {"by": 8, "score": 1, "page": 2}[next(iter(more))]
