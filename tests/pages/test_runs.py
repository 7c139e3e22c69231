"""The Runs page: what it says of a run, and how one is deleted there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit
from tests.pages.conftest import text


def test_a_run_is_shown_with_the_command_that_repeats_it(show: Callable[..., AppTest], tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=20)
    rmd = made.audit.latest("score", "", "rmd")
    said = text(show("runs", {"run": rmd.run_id}))
    assert f"hardlook score rmd --encoder-run {rmd.inputs['embed']} --set pca=auto --audit sample" in said
    assert "There is no run" not in said
    assert "There is no run" in text(show("runs", {"run": "<img src=x>"}))


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
    embed, rmd = made.audit.latest("embed", "").run_id, made.audit.latest("score", "", "rmd").run_id
    app = show("runs", {"run": embed})
    app.button(key="delete").click().run()
    assert rmd in text(app)
    assert made.audit.run_path(embed).exists()
    app.button(key="delete_for_good").click().run()
    assert not app.exception
    assert not made.audit.run_path(embed).exists()
    assert f"{embed} is deleted" in text(app)
