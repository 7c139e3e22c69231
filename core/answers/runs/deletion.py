"""Deleting a run: what depends on it, what would go with it, and the deletion itself. The command and a page call it.

Files of finished runs are immutable and nobody locks them: whoever reads one while it is deleted keeps what they have.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ...errors import MissingRun, RunBusy, command
from ...store.audit import Audit
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
    final, partial = audit.run_path(run_id), audit.partial_path(run_id)
    known = [path for path in (final, partial) if path.exists()]
    if not known:
        raise MissingRun(f"Audit {audit.name!r} has no run {run_id!r}.", "Run", command(audit.name, "runs"))
    if partial.exists() and being_written(partial):
        raise RunBusy(f"{run_id} is being written now.", "Wait for it to finish, or stop it, and try again.")
    reading = [run for run in unfinished_runs(audit) if needs(run, run_id)]
    for run in reading:
        if run.writing:
            raise RunBusy(
                f"{run.run_id} is being written now and reads {run_id}.", "Wait for it to finish, or stop it."
            )
    folder = audit.checkpoints(run_id)
    files = tuple([*known, folder] if folder.exists() else known)
    return Deletion(
        run_id, sum(map(size_of, files)), files, tuple(dependents(run_id, audit.runs(current=False))),
        tuple(run.run_id for run in reading),
    )  # fmt: skip


def delete_run(audit: Audit, run_id: str) -> Deletion:
    """Delete a run's file and its checkpoints; what went. Raises as `plan_deletion` does, and then nothing is gone."""
    plan = plan_deletion(audit, run_id)
    for path in plan.files:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    forget_progress(audit, run_id)
    return plan


def needs(run: Unfinished, run_id: str) -> bool:
    """Whether an unfinished run reads another one."""
    return run.spec is not None and run_id in run.spec.inputs.values()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder; 0 where there is none."""
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return path.stat().st_size if path.exists() else 0
