"""Writing a run: batches committed as they finish, one rename at the end.

A run in progress is `<run_id>.partial`. Each unit of work (a batch of images, an epoch) is committed with its
rows in one transaction, so a killed run continues after its last whole unit. `publish` compacts, closes and
renames: a reader sees the whole run or none of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

from ..errors import HardlookError, Unreadable
from ..files.names import LONGEST_FILE
from ..files.space import needing_space
from ..files.whole import sync
from ..kinds.registry import get_kind
from ..processes.gpus import builds_of_faiss
from ..progress import warning
from ..types import RunSpec
from .audit import Audit, look_at_runs
from .database import schema
from .database.comments import comment, write_comments
from .database.partial import explained, open_partial, set_damaged_aside
from .unfinished import forget_progress, tell_progress, told_progress

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, Any]


def fingerprint(*parts: Any) -> str:
    """12 hexadecimal digits over JSON values, the same on every machine."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def run_id(spec: RunSpec) -> str:
    """`<name>-<fingerprint>`: the same specification always has the same id."""
    identity = (spec.kind, spec.name, dict(spec.inputs), dict(spec.parameters), spec.seed, spec.weights)
    readable = "".join(c if c.isalnum() or c in "._+" else "-" for c in spec.name)[:60]
    readable = readable.encode()[:LONGEST_FILE].decode(errors="ignore")
    return f"{spec.kind}-{readable}-{fingerprint(schema.FORMAT_VERSION, *identity)}"


class RunWriter:
    """The one writer of one run's partial file. Made by `open_run`."""

    def __init__(
        self, audit: Audit, spec: RunSpec, connection: duckdb.DuckDBPyConnection, warn: Callable[[str], None] = warning
    ) -> None:
        self.audit = audit
        self.spec = spec
        self.run_id = run_id(spec)
        self._connection = connection
        self._before = self.finished()
        unit, self._seconds = told_progress(audit, self.run_id)
        tell_progress(audit, self.run_id, spec, unit, self._seconds, warn)

    def finished(self) -> set[str]:
        """Units committed so far, by this process or one before it."""
        rows = self._connection.execute("SELECT unit FROM progress").fetchall()
        return {unit for (unit,) in rows}

    def begun(self) -> bool:
        """Whether anything is committed; yes where the file does not say any more."""
        try:
            return bool(self.finished())
        except duckdb.Error:
            return True

    def commit(
        self,
        unit: str | Sequence[str],
        tables: Mapping[str, Columns],
        *,
        seconds: float = 0.0,
        clear: Collection[str] = (),
        said: Mapping[tuple[str, str], str] = MappingProxyType({}),
    ) -> None:
        """Write the rows of a unit, or of several, and mark it finished, in one durable transaction.

        What a process before this one finished stays as it is: it may have been killed after its last unit and before
        the run was published. clear: tables emptied first, for a last unit that replaces intermediate rows; those of
        the kind's scratch are dropped. said: (table, column) -> what it is in this run.
        """
        units = [unit] if isinstance(unit, str) else unit
        if units and self._before.issuperset(units):
            return
        batches = {name: to_table(columns) for name, columns in tables.items()}
        with self._transaction(sum(batch.nbytes for batch in batches.values())):
            for name in clear:
                gone = "DROP TABLE IF EXISTS" if schema.is_scratch(self.spec.kind, name) else "DELETE FROM"
                self._connection.execute(f"{gone} {schema.identifier(name)}")
            for name, batch in batches.items():
                if made := schema.made_when_written(self.spec.kind, name):
                    self._connection.execute(made)
                insert_table(self._connection, name, batch)
            for one in units:
                self._connection.execute("INSERT INTO progress VALUES (?, ?)", [one, seconds / len(units)])
            comment(self._connection, said)
        if "progress" in clear:
            self._before = set()
        self._seconds += seconds
        if units:  # none, where rows of an earlier run are merged in
            tell_progress(self.audit, self.run_id, self.spec, units[-1], self._seconds)

    def read(self, query: str, values: list[Any] | None = None) -> pa.Table:
        """Rows of this unfinished run, for work that builds on earlier units."""
        return self._connection.sql(query, params=values).to_arrow_table()

    def publish(self) -> Path:
        """Make the run visible: write its `run` row, compact, close, rename. Returns the published path.

        The finished units stay in the file: killed before the rename, the run is continued, and they must not be
        written again.
        """
        final = self.audit.run_path(self.run_id)
        with self._transaction():
            (total,) = self._connection.execute("SELECT coalesce(sum(seconds), 0) FROM progress").fetchone() or (0.0,)
            write_comments(self._connection, self.spec.kind)
            self._connection.execute("DELETE FROM run")
            spec = self.spec
            self._connection.execute(
                "INSERT INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                [
                    self.run_id, spec.kind, spec.name, json.dumps(dict(spec.inputs)), json.dumps(dict(spec.parameters)),
                    spec.seed, spec.weights, total, datetime.now(UTC).isoformat(timespec="milliseconds"),
                    json.dumps(library_versions()), git_revision(),
                ],
            )  # fmt: skip
        publish_file(self._connection, self.audit.partial_path(self.run_id), final)
        forget_progress(self.audit, self.run_id)
        return final

    def close(self) -> None:
        """Leave the run unfinished; it goes on from here next time."""
        self._connection.close()

    @contextmanager
    def _transaction(self, needed: int = 0) -> Any:
        """One durable step, or none of it. needed: bytes of its rows, for the error of a full disk."""
        self._connection.execute("BEGIN")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            # After a failed COMMIT DuckDB has already rolled back and a second ROLLBACK is itself an error.
            try:
                self._connection.execute("ROLLBACK")
            except duckdb.Error as second:
                error.add_note(f"(rolling back: {second})")
            if isinstance(error, duckdb.Error):
                raise explained(error, self.audit.partial_path(self.run_id), needed) from error
            raise


@contextmanager
def open_run(audit: Audit, spec: RunSpec, *, d: int = 0, k: int = 0, warn: Callable[[str], None] = warning) -> Any:
    """A RunWriter on the run's partial file, which is made or continued. Closes it on the way out.

    d, k: embedding dimension and number of classes, where the kind's tables have them. warn: told what could not be
    read of an unfinished run, which is set aside and begun anew.
    Raises RunBusy if another process is writing the same run, and DiskFull.
    """
    statements = [schema.RUN, *schema.tables_for(spec.kind, d=d, k=k), schema.begun_as(run_id(spec))]
    connection = open_partial(
        audit.partial_path(run_id(spec)), statements, vectors=get_kind(spec.kind).vectors, warn=warn
    )
    try:
        yield RunWriter(audit, spec, connection, warn)
    except HardlookError as error:
        connection.close()
        set_damaged_aside(audit.partial_path(run_id(spec)), error, warn)
        raise
    finally:
        connection.close()


def publish_file(connection: duckdb.DuckDBPyConnection, partial: Path, final: Path) -> None:
    """Checkpoint, close and rename a finished database; fsync it and its folder so that the name is durable."""
    try:
        connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise explained(error, partial) from error
    connection.close()
    with needing_space(partial):
        sync(partial)
        os.replace(partial, final)
        sync(final.parent)


def insert(connection: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> None:
    """Insert columns by name, as `to_table` takes them."""
    insert_table(connection, table, to_table(columns))


def to_table(columns: Columns) -> pa.Table:
    """Columns as Arrow has them. A 2-d array becomes fixed-size lists, NaN in integer columns is not allowed."""
    import pyarrow as pa  # here and below, because the dashboard loads this file and never writes

    return pa.table({name: to_arrow(values) for name, values in columns.items()})


def insert_table(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Insert the columns of an Arrow table by name."""
    names = ", ".join(schema.identifier(name) for name in rows.column_names)
    view = f"incoming_{table}"
    connection.register(view, rows)
    connection.execute(f"INSERT INTO {schema.identifier(table)} ({names}) SELECT * FROM {schema.identifier(view)}")
    connection.unregister(view)  # not on failure: in an aborted transaction it would hide the reason


def to_arrow(values: Any) -> Any:
    """Numpy (n,) or (n, d), or anything Arrow understands, as an Arrow array without a copy where that can be."""
    import pyarrow as pa

    if isinstance(values, np.ndarray) and values.ndim == 2:
        return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(values).ravel()), values.shape[1])
    return pa.array(values) if not isinstance(values, pa.Array | pa.ChunkedArray) else values


@lru_cache(maxsize=1)
def library_versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    found = {"python": platform.python_version()}
    for name in ("hardlook", "torch", "torchvision", "timm", "open_clip_torch", "numpy", "scikit-learn", "duckdb",
                 "pillow"):  # fmt: skip
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found | builds_of_faiss()


@lru_cache(maxsize=1)
def git_revision() -> str:
    """The checkout's commit, "" outside one."""
    try:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"],
            capture_output=True, text=True, timeout=5, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def run_once(
    audit: Audit, spec: RunSpec, work: Callable[[RunWriter], None], *, d: int = 0, k: int = 0,
    warn: Callable[[str], None] = warning,
) -> tuple[str, bool]:  # fmt: skip
    """Compute and publish a run unless it is there already. Returns its id and whether it was new.

    d, k, warn: as `open_run` takes them. One that fails by itself before anything is committed leaves no file: it would
    be listed as one that can go on.
    """
    identity = run_id(spec)
    if _published(audit, identity):
        return identity, False
    begun = True
    try:
        with open_run(audit, spec, d=d, k=k, warn=warn) as writer:
            # A second process may have published it between the look and the lock.
            if not _published(audit, identity):
                try:
                    work(writer)
                except HardlookError:
                    begun = writer.begun()
                    raise
                writer.publish()
                return identity, True
    finally:
        if not begun:
            _discard(audit, identity)
    _discard(audit, identity)
    return identity, False


def _published(audit: Audit, identity: str) -> bool:
    """Whether a run is there. Raises Unreadable where its file is, and cannot be read."""
    found = look_at_runs([audit.run_path(identity)])
    for each in found:
        if isinstance(each, Unreadable):
            raise each
    return bool(found)


def _discard(audit: Audit, identity: str) -> None:
    audit.partial_path(identity).unlink(missing_ok=True)
    forget_progress(audit, identity)


class Stopwatch:
    """Seconds since the last lap, for `commit(seconds=…)`."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last call (or the start)."""
        now = time.perf_counter()
        elapsed, self._last = now - self._last, now
        return elapsed
