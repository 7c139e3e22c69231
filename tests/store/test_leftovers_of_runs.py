"""What ended processes left in an audit goes with the next command; what can go on stays."""

from __future__ import annotations

import shutil
from pathlib import Path

from core.kinds.train import STATES
from core.store.audit import Audit
from core.store.unfinished import remove_leftovers_of
from core.store.writer import run_id
from tests.files.test_leftovers import leave
from tests.store.tearing import SPEC


def test_leftovers_of_ended_processes_are_removed_and_runs_that_can_go_on_stay(
    audit: Audit, killed: dict[bool, Path]
) -> None:
    audit = Audit(Path(shutil.copytree(killed[False], audit.path.with_name("b"))))
    going_on = set(audit.runs_folder.iterdir())
    (audit.path / "checkpoints" / "train-a").mkdir(parents=True)
    folders = [audit.path, audit.runs_folder, audit.cache, audit.path / "checkpoints" / "train-a"]
    for folder in folders:
        leave(folder, "some.file")
    for name in ("gone.progress", "gone.partial.wal"):
        (audit.runs_folder / name).write_text("x")
    remove_leftovers_of(audit)
    assert set(audit.runs_folder.iterdir()) == going_on
    assert [path for folder in folders for path in folder.glob(".*")] == []


def test_states_of_training_go_with_the_run_that_was_finished_and_stay_with_others(half_way: Audit) -> None:
    """Killed between the publication of a run and its last line, and not started again by its own command."""
    finished, unfinished = half_way.checkpoints("train-a"), half_way.checkpoints(run_id(SPEC))
    for folder in (finished, finished / "0", unfinished, unfinished / "0"):
        folder.mkdir(parents=True)
        for name in ("epoch-0001.pt", *STATES):
            (folder / name).write_text("x")
    half_way.run_path("train-a").write_text("x")
    remove_leftovers_of(half_way)
    assert {path.name for path in finished.rglob("*.pt")} == {"epoch-0001.pt"}
    assert {path.name for path in unfinished.rglob("*.pt")} == {"epoch-0001.pt", *STATES}
