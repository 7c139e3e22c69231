"""Runs in progress, or stopped and able to go on: what they compute and how far they are, told beside their file.

The file itself belongs to the process that writes it; `runs/<run_id>.progress` is what others may read meanwhile.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from ..types import RunSpec
from .audit import Audit
from .database import open_read_only


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


def tell_progress(audit: Audit, run_id: str, spec: RunSpec, unit: str, seconds: float) -> None:
    """Say how far a run is. Not forced to disk: after a power cut it may be behind; the run's file is what counts."""
    path = progress_path(audit, run_id)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    told = {"spec": asdict(spec), "unit": unit, "seconds": seconds}
    try:
        temporary.write_text(json.dumps(told, default=str), encoding="utf-8")
        os.replace(temporary, path)
    except OSError:  # a full disk stops the next commit, which says so; telling is not worth stopping for
        temporary.unlink(missing_ok=True)


def forget_progress(audit: Audit, run_id: str) -> None:
    """The run is finished, or gone."""
    progress_path(audit, run_id).unlink(missing_ok=True)


def unfinished_runs(audit: Audit) -> list[Unfinished]:
    """Every run in progress or stopped, by id."""
    return [found for run_id in audit.unfinished() if (found := _read(audit, run_id))]


def told_progress(audit: Audit, run_id: str) -> tuple[str, float]:
    """The last unit committed and the seconds worked so far, to go on from; "" and 0 where nothing was told."""
    told = _told(audit, run_id)
    return str(told.get("unit", "")), float(told.get("seconds", 0.0))


def being_written(path: Path) -> bool:
    """Whether a process has this file open for writing: DuckDB then lets nobody else in, not even to read."""
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
    told = _told(audit, run_id)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return None  # published between the look into the folder and now
    spec = RunSpec(**told["spec"]) if "spec" in told else None
    return Unfinished(run_id, spec, *told_progress(audit, run_id), size, being_written(path))


def _told(audit: Audit, run_id: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(progress_path(audit, run_id).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):  # an older Hardlook's run, or a power cut
        return {}
    return told
