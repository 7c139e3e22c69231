"""A short run of what `python -m tests.attacks.kills` does at length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.bench import shared_bench
from tests.attacks.commands import WRITES
from tests.attacks.kills import BORN_ORPHAN, attack

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


def test_only_what_python_says_of_a_process_without_a_parent_is_passed_over() -> None:
    program = (
        "import os; from multiprocessing.spawn import spawn_main; theirs, ours = os.pipe(); os.close(ours); "
        "spawn_main(pipe_handle=theirs, tracker_fd=os.open(os.devnull, os.O_RDONLY))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, "--multiprocessing-fork"], capture_output=True, text=True, check=False
    ).stderr
    assert said.startswith("Traceback")
    assert BORN_ORPHAN.sub("", said) == ""
    ours = said.replace("spawn_main", "read_it")
    assert BORN_ORPHAN.sub("", ours) == ours
