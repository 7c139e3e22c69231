"""Each command that starts processes is killed with -9 while they work: within five seconds none of them is left."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.attacks.bench import Bench, shared_bench
from tests.attacks.forked import ROOT
from tests.processes.test_children import alive, ends

CHILDREN = {
    "train of seeds": 2, "train of a grid": 2, "prove": 2, "prove --prune": 2,
    "dashboard --no-browser": 1, "demo --no-browser": 1,
}  # fmt: skip
"""Command lines of the bench, and how many processes of Python each starts that work for it."""

WORKER = """
import time
from core.errors import HardlookError
from core.worker.client import WorkerClient, quiet
from core.worker.messages import Frame
worker = WorkerClient()
try:
    worker.ask("nonesuch", Frame({}), say=quiet)
except HardlookError:
    time.sleep(100)
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return shared_bench(tmp_path_factory)


def descendants(process: int) -> set[int]:
    """The processes that one has started, and those that they have."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, before = {process}, set[int]()
    while found != before:
        before, found = found, found | {child for child, parent in parents.items() if parent in found}
    return found - {process}


def working(processes: set[int]) -> int:
    """How many of them are programs of ours that are past their start."""
    count = 0
    for process in processes:
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            status = Path(f"/proc/{process}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        threads = int(status.split("Threads:")[1].split()[0])
        count += threads > 1 and any(b"tied.py" in word or b"spawn_main" in word for word in words)
    return count


def killed(words: Sequence[str], wanted: int, **options: object) -> set[int]:
    """Start a program, wait for its children to work, kill it; all that it had started."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, **options) as parent:  # type: ignore[call-overload]
        deadline = time.monotonic() + 240
        try:
            while working(started := descendants(parent.pid)) < wanted:
                assert parent.poll() is None, "it ended before its processes were at work"
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            parent.kill()
    assert len(started) >= wanted
    return started


@pytest.mark.slow
@pytest.mark.parametrize("line", CHILDREN)
def test_a_killed_command_leaves_no_process(bench: Bench, tmp_path: Path, line: str) -> None:
    one = bench.copied(tmp_path / "bench")
    started = killed(one.command(line), CHILDREN[line], cwd=one.work, env=one.environment())
    end = time.monotonic() + 5
    left = [process for process in started if not ends(process, within=max(end - time.monotonic(), 0.0))]
    assert left == []


@pytest.mark.slow
def test_the_process_that_holds_pytorch_ends_with_the_dashboard() -> None:
    started = killed([sys.executable, "-c", WORKER], 1, cwd=ROOT)
    assert all(ends(process) for process in started)
    assert not any(map(alive, started))
