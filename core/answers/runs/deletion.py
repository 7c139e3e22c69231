"""Deleting a run: what depends on it, what would go with it, and the deletion itself. The command and a page call it.

Files of finished runs are immutable and nobody locks them: whoever reads one while it is deleted keeps what they have.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ...errors import MissingRun, RunBusy, command
from ...store.audit import PARTIAL, Audit
from ...store.database.partial import log_of
from ...store.paths import refuse_elsewhere, remove
from ...store.unfinished import Unfinished, being_written, forget_progress, unfinished_runs
from ...types import Run
from .lineage import dependents


@dataclass(frozen=True)
class Deletion:
    """What deleting a run takes with it. bytes: of its file and its checkpoints, which are `files`.

    dependents: finished runs that were computed from it; they stay, and can be computed again only once it is back.
    stopped: unfinished runs that could not go on without it.
    """

    run_id: str
    bytes: int
    files: tuple[Path, ...]
    dependents: tuple[Run, ...]
    stopped: tuple[str, ...]


def plan_deletion(audit: Audit, run_id: str) -> Deletion:
    """What would go. Raises MissingRun on an unknown id, RunBusy while the run, or one that reads it, is written."""
    known = audit.files_of_runs().get(run_id)
    if not known:
        raise MissingRun(f"Audit {audit.name!r} has no run {run_id!r}.", "Run", command(audit.name, "runs"))
    if any(path.suffix == PARTIAL and being_written(path) for path in known):
        raise RunBusy(f"{run_id} is being written now.", "Wait for it to finish, or stop it, and try again.")
    reading = [run for run in unfinished_runs(audit) if needs(run, run_id)]
    for run in reading:
        if run.writing:
            raise RunBusy(
                f"{run.run_id} is being written now and reads {run_id}.", "Wait for it to finish, or stop it."
            )
    folder = audit.checkpoints(run_id)
    beside = [path for path in (*map(log_of, known), folder) if os.path.lexists(path)]
    files = (*known, *beside)
    for path in files:
        refuse_elsewhere(audit, path)
    return Deletion(
        run_id, sum(map(size_of, files)), files, tuple(dependents(run_id, audit.runs(current=False))),
        tuple(run.run_id for run in reading),
    )  # fmt: skip


def delete_run(audit: Audit, run_id: str) -> Deletion:
    """Delete a run's file and its checkpoints; what went. Raises as `plan_deletion` does, and then nothing is gone."""
    plan = plan_deletion(audit, run_id)
    for path in plan.files:
        remove(audit, path)
    forget_progress(audit, run_id)
    return plan


def needs(run: Unfinished, run_id: str) -> bool:
    """Whether an unfinished run reads another one."""
    return run.spec is not None and run_id in run.spec.inputs.values()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder, of a link its own; 0 where there is none."""
    if path.is_dir() and not path.is_symlink():
        return sum(part.lstat().st_size for part in path.rglob("*") if not part.is_dir())
    return path.lstat().st_size if os.path.lexists(path) else 0
