"""A short run of what `python -m tests.attacks.dashboard.sessions` does at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.dashboard.sessions import attack
from tests.serving import PAGES


@pytest.mark.slow
def test_sessions_that_come_and_go_leave_no_memory_behind_and_meet_no_exception(tmp_path: Path) -> None:
    outcome = attack(tmp_path, sessions=5, seconds=5, loads=10)
    assert outcome.faults == []
    assert outcome.loads.keys() == set(PAGES)
