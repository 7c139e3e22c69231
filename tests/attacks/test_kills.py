"""A short run of what `python -m tests.attacks.kills` does at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.bench import shared_bench
from tests.attacks.commands import WRITES
from tests.attacks.kills import attack

LONG = {
    "demo",
    "audit",
    "train of seeds",
    "train of a grid",
    "prove",
    "prove --prune",
    "score all",
    "evaluate --difficulty-checks",
    "evaluate --vog-checks",
}
"""What takes more than a few seconds, mostly for processes of its own."""


@pytest.mark.slow
def test_a_command_that_is_ended_and_run_again_leaves_what_an_undisturbed_one_does(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = shared_bench(tmp_path_factory).copied(tmp_path / "bench")
    outcome = attack(bench, 12, seed=1, names=[name for name in WRITES if name not in LONG])
    assert outcome.faults == []
    assert outcome.count == 12
    assert outcome.landed.total() >= 6
