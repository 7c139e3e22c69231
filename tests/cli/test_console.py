from __future__ import annotations

import pytest

from core.cli import console


def test_the_last_moment_of_a_step_is_said_without_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "LOG_EVERY", 0.0)
    with console.Log().bar("score rmd") as advance:
        for done in (1, 2):
            advance(done, 3)
    assert capsys.readouterr().out.splitlines()[0] == "score rmd: 2 of 3 images, under 1 s left"
