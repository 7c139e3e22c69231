"""A short run of what `python -m tests.attacks.names.in_browser` does at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.names.in_browser import attack


@pytest.mark.slow
def test_any_address_is_drawn_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))  # put back after the attack has set it
    outcome = attack(tmp_path, 8, seed=3)
    assert outcome.faults == []
    assert outcome.pages.total() == 8
    assert outcome.said > 0
