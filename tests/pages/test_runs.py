"""The Runs page: what it says of a run, and how one is deleted there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.answers.runs.lineage import page_bases
from core.answers.view.choices import model_choices, score_choices
from core.answers.view.reader import open_reader
from pages.components.layout.listing import PAGES
from tests.audits import build_audit
from tests.pages.conftest import text
from tests.store.test_run_words import say


def test_a_run_is_shown_with_the_command_that_repeats_it(show: Callable[..., AppTest], tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20)
    rmd = made.audit.latest("score", "rmd")
    said = text(show("runs", {"run": rmd.run_id}))
    assert f"hardlook score rmd --encoder-run {rmd.inputs['embed']} --set pca=auto --audit sample" in said
    assert "Left out of the address" not in said
    assert "Left out of the address: run=&lt;img src=x&gt;." in text(show("runs", {"run": "<img src=x>"}))


@pytest.mark.parametrize(
    "parameters", ['{"against": "later set"}', '{"pruning": {"later": 1}, "form": 2}', "[1]", None]
)
def test_a_run_of_another_hardlook_is_shown_or_left_out(
    show: Callable[..., AppTest], tmp_path: Path, parameters: str | None
) -> None:
    audit = build_audit(tmp_path, n=20).audit
    evaluation = audit.latest("evaluate").run_id
    say(audit, evaluation, "parameters", parameters)
    app = show("runs", {"run": evaluation})
    assert not app.exception
    known = parameters is not None and parameters.startswith("{")
    assert (evaluation in [run.run_id for run in audit.runs()]) is known
    assert "hardlook evaluate --audit sample" in text(app) or not known


def test_every_page_of_figures_says_what_it_is_computed_from(tmp_path: Path) -> None:
    reader = open_reader(build_audit(tmp_path, n=20).audit)
    (score, *_), model = score_choices(reader), model_choices(reader)[-1]
    drawn_from = {page.title: page.drawn_from for page in PAGES}
    found = {one.page: one.runs for one in page_bases(reader, score, model, drawn_from)}
    assert {*found} == {*drawn_from} - {"Runs"}
    runs = {run.run_id for run in reader.hub.runs}
    for page, named in found.items():
        assert {run_id for role, run_id in named if role != "images"} <= runs, page
        assert len({*named}) == len(named)
    assert {run_id for role, run_id in found["Compare scorers"] if role.startswith("score")} == {
        run.run_id for run in reader.hub.runs if run.kind == "score"
    }


def test_a_run_in_progress_is_shown_with_the_command_that_goes_on(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20, unfinished=True, runs=False)
    app = show("runs")
    assert not app.exception
    assert "hardlook train --model resnet8 --seed 0 --epochs 20 --audit sample" in text(app)
    assert any("stopped" in line.value for line in app.markdown)


def test_deleting_asks_first_and_names_what_was_computed_from_the_run(
    show: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = build_audit(tmp_path, n=20)
    embed, rmd = made.audit.latest("embed").run_id, made.audit.latest("score", "rmd").run_id
    app = show("runs", {"run": embed})
    app.button(key="delete").click().run()
    assert rmd in text(app)
    assert made.audit.run_path(embed).exists()
    app.button(key="delete_for_good").click().run()
    assert not app.exception
    assert not made.audit.run_path(embed).exists()
    assert f"{embed} is deleted" in text(app)
