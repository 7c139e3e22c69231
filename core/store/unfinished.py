"""Runs in progress, or stopped and able to go on: what they compute and how far they are, told beside their file.

The file itself belongs to the process that writes it; `runs/<run_id>.progress` is what others may read meanwhile.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from ..errors import DiskFull
from ..files.json_text import json_in
from ..files.leftovers import make_way, remove_leftovers, remove_where_allowed
from ..files.whole import whole_file
from ..kinds.json_types import SECONDS, TABLE, JsonType
from ..kinds.train import STATES
from ..progress import warning
from ..types import RunSpec
from .audit import Audit
from .database.connect import open_read_only
from .database.run_words import LARGEST, OF_SPEC, lacking_in, wrong_with

LONGEST_UNIT = 1_000
"""Characters of what a piece of work is called; a dozen are usual."""

_UNIT = JsonType("the name of a piece of work", lambda value: isinstance(value, str) and len(value) <= LONGEST_UNIT)
_OF_PROGRESS = {"spec": TABLE, "unit": _UNIT, "seconds": SECONDS}
_NOTHING_TOLD = (None, "", 0.0)


@dataclass(frozen=True)
class Unfinished:
    """A run that is not finished. spec: None where its writer told nothing.

    unit: the last piece of work committed. seconds: of work so far. writing: a process has it open now.
    """

    run_id: str
    spec: RunSpec | None
    unit: str
    seconds: float
    bytes: int
    writing: bool


def tell_progress(
    audit: Audit, run_id: str, spec: RunSpec, unit: str, seconds: float, warn: Callable[[str], None] = warning
) -> None:
    """Say how far a run is. Not forced to disk: after a power cut it may be behind; the run's file is what counts.

    warn: told of what lies in the file's place and is no file, which is set aside.
    """
    told = {"spec": asdict(spec), "unit": unit, "seconds": seconds}
    # A full disk stops the next commit, which says so; telling is not worth stopping for.
    with suppress(OSError, DiskFull):
        make_way(progress_path(audit, run_id), warn)
        with whole_file(progress_path(audit, run_id)) as part:
            part.write_text(json.dumps(told, default=str), encoding="utf-8")


def forget_progress(audit: Audit, run_id: str) -> None:
    """The run is finished, or gone."""
    remove_where_allowed(progress_path(audit, run_id))


def unfinished_runs(audit: Audit) -> list[Unfinished]:
    """Every run in progress or stopped, by id."""
    return [found for run_id in audit.unfinished() if (found := _read(audit, run_id))]


def told_progress(audit: Audit, run_id: str) -> tuple[str, float]:
    """The last unit committed and the seconds worked so far, to go on from; "" and 0 where nothing was told."""
    _, unit, seconds = _told(audit, run_id)
    return unit, seconds


def being_written(path: Path) -> bool:
    """Whether a process has this file open for writing: DuckDB then lets nobody else in, not even to read."""
    if not path.is_file():
        return False
    try:
        open_read_only(path).close()
    except duckdb.Error as error:
        return path.exists() and ("lock" in str(error).lower() or "already attached" in str(error))
    return False


def progress_path(audit: Audit, run_id: str) -> Path:
    """Where a run in progress tells about itself."""
    return audit.runs_folder / f"{run_id}.progress"


def _read(audit: Audit, run_id: str) -> Unfinished | None:
    path = audit.partial_path(run_id)
    spec, unit, seconds = _told(audit, run_id)
    if not os.path.lexists(path):
        return None  # published between the look into the folder and now
    size = path.stat().st_size if path.is_file() else 0
    return Unfinished(run_id, spec, unit, seconds, size, being_written(path))


def _told(audit: Audit, run_id: str) -> tuple[RunSpec | None, str, float]:
    """What was told, all of it or nothing: it informs, no more. A power cut may tear it, another Hardlook write it; the
    next commit tells it again."""
    try:
        told = json_in(progress_path(audit, run_id), LARGEST)
    except (OSError, ValueError):
        return _NOTHING_TOLD
    if lacking_in(told, _OF_PROGRESS) or wrong_with(told["spec"], run_id, OF_SPEC):
        return _NOTHING_TOLD
    return RunSpec(**{name: told["spec"][name] for name in OF_SPEC}), told["unit"], float(told["seconds"])


def remove_leftovers_of(audit: Audit) -> None:
    """Remove what ended processes left in an audit's folders: parts of files, what lies beside a run that is gone, and
    what a finished one was trained from.

    Files that another process may still be writing stay, and so do runs that can go on.
    """
    of_runs = _below(audit.path / "checkpoints")
    of_trainings = [folder for one in of_runs for folder in _below(one)]  # where a run is made of several
    for folder in (audit.path, audit.runs_folder, audit.cache, *_below(audit.cache), *of_runs, *of_trainings):
        remove_leftovers(folder)
    for folder in of_runs:
        if audit.run_path(folder.name).exists():  # killed between the run's publication and the end of its training
            for path in (each / state for each in (folder, *_below(folder)) for state in STATES):
                remove_where_allowed(path)
    for run_id in audit.unfinished():
        partial = audit.partial_path(run_id)
        # Killed between the look for a finished run and the end of a second process that was to compute it.
        if audit.run_path(run_id).exists() and not being_written(partial):
            remove_where_allowed(partial)
    for ending in (".progress", ".partial.wal"):
        for path in audit.runs_folder.glob(f"*{ending}"):
            if not os.path.lexists(audit.partial_path(path.name.removesuffix(ending))):
                remove_where_allowed(path)


def _below(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
