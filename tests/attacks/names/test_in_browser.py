"""A short run of what `python -m tests.attacks.names.in_browser` does at length."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.attacks.names.in_browser import attack


@pytest.mark.slow
def test_any_address_is_drawn_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))  # put back after the attack has set it
    with ThreadPoolExecutor(1) as thread:  # in this one the browser of other tests is at work
        outcome = thread.submit(attack, tmp_path, 8, 3).result()
    assert outcome.faults == []
    assert outcome.pages.total() == 8
    assert outcome.said > 0
