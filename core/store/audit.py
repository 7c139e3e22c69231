"""The audit folder: where its files are, what has been published, which audit a command means.

audits/<name>/audit.json, items-<fingerprint>.duckdb, runs/<run_id>.duckdb, checkpoints/, cache/
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ..errors import AuditNotFound, BadInput, MissingRun, Unreadable, command, legible
from ..files.json_text import json_of
from ..files.names import checked_file_name
from ..files.space import needing_space
from ..files.whole import whole_file
from ..kinds.json_types import TABLE
from ..kinds.registry import command_of, kind_of
from ..types import Run
from ..wording import some_of
from .database.connect import attach, refuse_unwritable
from .database.damage import ANOTHER_HARDLOOK, pass_over, passed_over, reading, unreadable
from .database.run_words import LARGEST, OF_RUN, lacking_in, wrong_with
from .database.schema import FORMAT_VERSION
from .manifest import read_manifest

AUDITS_VARIABLE = "HARDLOOK_AUDITS"
FINISHED, PARTIAL = ".duckdb", ".partial"


def audits_folder() -> Path:
    """Where audits live: $HARDLOOK_AUDITS, else ./audits. ~ is the home folder also where no shell has read it."""
    return Path(os.path.expanduser(os.environ.get(AUDITS_VARIABLE) or "audits")).resolve()


@dataclass(frozen=True)
class Audit:
    """One audit's folder. Holds no connection: files are opened where they are read."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name, which is how commands call the audit."""
        return self.path.name

    @property
    def place(self) -> str:
        """The folder as text, for messages and for what answers are kept by: a path may hold what is no character."""
        return legible(str(self.path))

    @property
    def manifest(self) -> dict[str, Any]:
        """audit.json as it is now: format version, name, the current items file. Raises Unreadable."""
        return read_manifest(self.path)

    @property
    def items_fingerprint(self) -> str:
        """The fingerprint of the current ingested data. Raises MissingRun before the first ingest."""
        fingerprint = self.manifest.get("items")
        if not fingerprint:
            raise MissingRun(f"Audit {self.name!r} holds no images yet.", "Run", command(self.name, "ingest", "PATH"))
        return str(fingerprint)

    @property
    def items_path(self) -> Path:
        """The current items file, immutable."""
        return self.items_file(self.items_fingerprint)

    def items_file(self, fingerprint: str) -> Path:
        """The items file of one state of the input."""
        return self.path / f"items-{fingerprint}.duckdb"

    @property
    def runs_folder(self) -> Path:
        """Finished runs (.duckdb) and runs in progress (.partial)."""
        return self.path / "runs"

    @property
    def cache(self) -> Path:
        """What can be rebuilt: thumbnails, decoded pixels, indexes."""
        return self.path / "cache"

    def checkpoints(self, run_id: str) -> Path:
        """The folder of one training run's weights."""
        return self.path / "checkpoints" / run_id

    def run_path(self, run_id: str) -> Path:
        """The file of a finished run."""
        return self.runs_folder / f"{run_id}{FINISHED}"

    def partial_path(self, run_id: str) -> Path:
        """The file of a run in progress."""
        return self.runs_folder / f"{run_id}{PARTIAL}"

    def files_of_runs(self) -> dict[str, list[Path]]:
        """Run id -> its file, or files, finished or not: what a name from outside is looked up among."""
        found: dict[str, list[Path]] = {}
        for path in sorted(self.runs_folder.glob("*")):
            if path.suffix in (FINISHED, PARTIAL):
                found.setdefault(path.stem, []).append(path)
        return found

    def runs(self, kind: str | None = None, *, current: bool = True) -> list[Run]:
        """Finished runs, oldest first. `current` keeps those computed from the data as it is now ingested."""
        found = read_runs(sorted(self.runs_folder.glob("*.duckdb")))
        if current:
            items = self.items_fingerprint
            found = [run for run in found if run.inputs.get("items") == items]
        return sorted((run for run in found if kind in (None, run.kind)), key=lambda run: (run.created, run.run_id))

    def unreadable_runs(self) -> list[Unreadable]:
        """What is wrong with each finished run that cannot be read, by id: it is passed over by all else."""
        looked_at = look_at_runs(sorted(self.runs_folder.glob("*.duckdb")))
        return [found for found in looked_at if isinstance(found, Unreadable)]

    def unfinished(self) -> list[str]:
        """Ids of runs that are being computed, or were stopped and can go on."""
        return sorted(path.stem for path in self.runs_folder.glob("*.partial"))

    def latest(self, kind: str, name: str | None = None) -> Run:
        """The newest finished run of a kind; one of a grid only by its name, or where there is no other.

        Raises MissingRun with the command that makes one.
        """
        known = self.runs(kind)
        runs = [run for run in known if name in (None, run.name, run.run_id)]
        if not runs:
            what = f"{kind} run {name!r}" if name else f"{kind} run"
            message = f"Audit {self.name!r} has no {what} for its current images."
            if known:
                there = dict.fromkeys(run.name for run in reversed(known) if not run.grid)
                there = there or dict.fromkeys(run.name for run in reversed(known))
                hint = "Name one of these, or an id that is listed by"
                raise MissingRun(f"{message} There is: {some_of([*there])}.", hint, command(self.name, "runs"))
            raise MissingRun(message, "Run", command(self.name, command_of(kind)))
        alone = [run for run in runs if not run.grid]
        return (alone or runs)[-1] if name is None else runs[-1]

    def write_manifest(self, **changes: Any) -> None:
        """Change audit.json in one atomic step."""
        write_atomically(self.path / "audit.json", json.dumps({**self.manifest, **changes}, indent=2) + "\n")


_read: dict[Path, tuple[int, Run]] = {}
"""The runs that were read, with the time their file was written: a file never changes once it is published."""


def read_runs(paths: Iterable[Path]) -> list[Run]:
    """The `run` rows of finished files; a file that is no longer there, or cannot be read, is left out."""
    return [found for found in look_at_runs(paths) if isinstance(found, Run)]


def look_at_runs(paths: Iterable[Path]) -> list[Run | Unreadable]:
    """The same, with what is wrong in the place of those that cannot be read."""
    # One database for all the files that are new: to open each as one of its own takes 20 ms, to attach it 3.
    connection: duckdb.DuckDBPyConnection | None = None
    found: list[Run | Unreadable] = []
    try:
        for path in paths:
            try:
                modified = path.stat().st_mtime_ns
                if damaged := passed_over(path):
                    found.append(damaged)
                    continue
                if path not in _read or _read[path][0] != modified:
                    connection = connection or duckdb.connect(":memory:")
                    _read[path] = modified, _read_run(connection, path)
                found.append(_read[path][1])
            except FileNotFoundError:
                continue
            except OSError as error:  # a link to itself, a folder that may not be looked into
                found.append(unreadable(path, error.strerror or str(error)))
            except Unreadable:  # which is not kept: with its traceback it would keep this list, and the caller's files
                if damaged := passed_over(path):
                    found.append(damaged)
    finally:
        if connection:
            connection.close()
    return found


def _read_run(connection: duckdb.DuckDBPyConnection, path: Path) -> Run:
    with reading(path):
        attach(connection, path, "finished")
        try:
            row = connection.execute(f"SELECT run_id, {', '.join(OF_RUN)} FROM finished.run").fetchone()
            of_scores = connection.execute(_OF_SCORES).fetchall() if kind_of(path.stem) == "score" else []
        finally:
            connection.execute("DETACH finished")
    if row is None:
        raise pass_over(path, "it holds no finished run")
    run_id, *values = row
    if run_id != path.stem:
        raise pass_over(path, f"it holds the run {run_id}")
    said = dict(zip(OF_RUN, values, strict=True))
    said |= {name: _json(path, name, said[name]) for name in ("inputs", "parameters", "versions")}
    if wrong := wrong_with(said, run_id, OF_RUN):
        raise pass_over(path, wrong)
    for (text,) in of_scores:
        if wrong := lacking_in({"parameters": _json(path, "parameters", text)}, {"parameters": TABLE}):
            raise pass_over(path, f"of a score {wrong}: {ANOTHER_HARDLOOK}")
    return Run(run_id=run_id, **said, bytes=path.stat().st_size)


_OF_SCORES = "SELECT parameters FROM finished.score_column"


def _json(path: Path, name: str, text: str | None) -> Any:
    """What a column of JSON says, None for NULL. Raises Unreadable on what is beyond the limits; the run is passed over
    then."""
    try:
        return None if text is None else json_of(text, LARGEST)
    except ValueError as error:
        raise pass_over(path, f"its {name} cannot be read ({error}): {ANOTHER_HARDLOOK}") from error


def write_atomically(path: Path, text: str) -> None:
    """Replace a small text file so that a reader sees the old one or the new one, never a part. Raises DiskFull."""
    with whole_file(path, durable=True, needed=len(text.encode())) as part:
        part.write_text(text, encoding="utf-8")


def list_audits(folder: Path | None = None) -> list[Audit]:
    """All audits under the folder, the most recently changed last."""
    folder = folder or audits_folder()
    manifests = [path / "audit.json" for path in folder.glob("*")]
    found = [path for path in manifests if os.path.lexists(path)]  # a link that leads nowhere is said to be unreadable
    return [Audit(path.parent) for path in sorted(found, key=lambda path: path.lstat().st_mtime)]


def find_audit(name: str | None = None, folder: Path | None = None) -> Audit:
    """The audit of that name; without a name, the only one or the newest. Raises AuditNotFound, Unreadable."""
    found = _found(name, folder or audits_folder())
    read_manifest(found.path)  # what is of a newer format is refused here, before anything is read by half
    return found


def _found(name: str | None, folder: Path) -> Audit:
    audits = list_audits(folder)
    if not audits:
        raise AuditNotFound(
            f"There is no audit in {folder}.", "Run", command(None, "audit", "PATH"), command(None, "demo")
        )
    if name is None:
        return audits[-1]
    for audit in audits:
        if audit.name == name:
            return audit
    known = ", ".join(audit.name for audit in audits)
    raise AuditNotFound(f"There is no audit {name!r} in {folder}; there is: {known}.", "Name one of them.")


def create_audit(name: str, folder: Path | None = None) -> Audit:
    """The audit of that name, made if it is not there.

    Raises BadInput on a name that cannot be a folder's and where audits cannot be written, Unreadable on an audit that
    is not of this Hardlook.
    """
    folder = folder or audits_folder()
    audit = next((one for one in list_audits(folder) if one.name == name), None)
    audit = audit or Audit(folder / checked_file_name(name, "an audit"))
    refuse_unwritable(audit.path)
    manifest = audit.path / "audit.json"
    try:
        with needing_space(manifest):
            for part in (audit.runs_folder, audit.cache):
                part.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(manifest):  # a link that leads nowhere is not ours to replace
            described = {"name": name, "format": FORMAT_VERSION, "items": None}
            write_atomically(manifest, json.dumps(described, indent=2) + "\n")
    except OSError as error:
        raise BadInput(
            f"Audits cannot be written in {audit.path.parent}: {error.strerror or error}.",
            f"Name a folder that can be: {AUDITS_VARIABLE}=~/audits hardlook …",
        ) from error
    read_manifest(audit.path)
    return audit
