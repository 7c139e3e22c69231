"""The DuckDB file that something is being written into: opened, made anew where it cannot be read, errors in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from ...errors import HardlookError, RunBusy
from ...files.leftovers import make_way, set_aside
from ...files.opened import closed_on_error
from ...files.space import disk_full, want_of_space
from ...kinds.registry import OF_EVERY_RUN
from ...maths.vectors import ROWS_STEP
from . import schema
from .connect import MEMORY_LIMIT, attach, refuse_unwritable
from .damage import ANOTHER_HARDLOOK, columns_in

_DAMAGE = (duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)
"""What DuckDB raises when a file's parts do not fit together; of a wrong checksum it says so in words alone."""

READ_SINCE = "v1.4.0"
"""The first DuckDB that reads our files: its command line lags behind the library that writes them."""

_HARDLY_BEGUN = (0, 4096, 8192)
"""Bytes of a file whose process was ended while DuckDB began it, in three writes, before its log and its rows."""


def open_partial(
    path: Path, statements: Sequence[str], *, vectors: bool, warn: Callable[[str], None]
) -> duckdb.DuckDBPyConnection:
    """A connection to an unfinished file, whole as far as it goes, in which some statements were executed.

    What another process left is read once through. Where that fails the log of the last commits is set aside, and if
    it was not that, the file too: it is begun anew, which `warn` is told. A file that its process did not live to begin
    is removed without a word: nothing was in it. Raises as `connect_for_writing` does.
    """
    refuse_unwritable(path.parent)  # before anything there is taken for damaged
    path.parent.mkdir(parents=True, exist_ok=True)
    log = log_of(path)
    for place in (log, path):
        make_way(place, warn)
    if not path.exists():
        log.unlink(missing_ok=True)  # of a file that is gone: it would be replayed into this one
    never_begun = path.exists() and path.stat().st_size in _HARDLY_BEGUN and not log.exists()
    for suspected in (log, path):
        if suspected.exists():
            if not (why := _why_unreadable(path, statements)):
                break
            if never_begun:
                path.unlink()
            elif suspected.exists():  # a log that could be replayed is in the file now
                warn(set_aside(suspected, why))
    was_there = path.exists()
    connection = connect_for_writing(path, vectors=vectors)
    try:
        for statement in statements:
            connection.execute(statement)
    except duckdb.Error as error:
        connection.close()
        if not was_there:  # there was no room for what it begins with
            path.unlink(missing_ok=True)
            log.unlink(missing_ok=True)
        raise explained(error, path) from error
    return connection


def _why_unreadable(path: Path, statements: Sequence[str]) -> str:
    """Why a file cannot be gone on with: what DuckDB says where its rows cannot all be read, or whose it is. "" where
    it can, or there is no such file.

    Raises RunBusy and DiskFull: that a file cannot be opened now does not mean that it is damaged.
    """
    if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
        return ""  # there is none, or it may not be written, which DuckDB says next
    try:
        connection = connect_for_writing(path)
        try:
            listed = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'written'")
            tables = [name for (name,) in listed.fetchall()]
            for name in tables:
                # Of a row, because to count would not look at what is in it.
                connection.execute(f"SELECT max(hash(whole)) FROM {schema.identifier(name)} AS whole").fetchall()
            if "progress" in tables:  # its index is read by nothing but what is written to it
                connection.execute("BEGIN; INSERT INTO progress VALUES ('', 0); ROLLBACK")
            return _why_not_ours(connection, path, statements)
        finally:
            connection.close()
    except RunBusy:
        raise
    except (HardlookError, duckdb.Error) as error:
        cause = error.__cause__ or error
        if want_of_space(error) or isinstance(cause, duckdb.OutOfMemoryException):
            raise
        return str(cause).splitlines()[0]


def _why_not_ours(connection: duckdb.DuckDBPyConnection, path: Path, statements: Sequence[str]) -> str:
    """Why an unfinished file is not this run's, as a part of a sentence: its tables or its run are others."""
    with closing(duckdb.connect()) as blank:
        for statement in statements:
            blank.execute(statement)
        wanted = columns_in(blank, "memory")
    found = columns_in(connection, "written")
    tables = {table for table, _ in found}
    lacking = sorted(f"{table}.{column}" for table, column in wanted - found if table in tables)
    more = sorted(f"{table}.{column}" for table, column in found - wanted if table in OF_EVERY_RUN)
    if lacking or more:
        return f"it has {f'no {lacking[0]}' if lacking else f'a column {more[0]}'}: {ANOTHER_HARDLOOK}"
    if "run" not in tables:
        return ""
    other = connection.execute("SELECT run_id FROM run WHERE run_id <> ?", [path.stem]).fetchone()
    return f"it holds the run {other[0]}" if other else ""


def set_damaged_aside(path: Path, error: HardlookError, warn: Callable[[str], None]) -> None:
    """Put an unfinished file out of the way whose damage has shown only in writing it; nothing for other errors."""
    cause = error.__cause__
    damaged = isinstance(cause, _DAMAGE) or "Corrupt database file" in str(cause)
    if damaged and not want_of_space(error):
        log_of(path).unlink(missing_ok=True)
        warn(set_aside(path, str(cause).splitlines()[0]))


def log_of(path: Path) -> Path:
    """Where DuckDB keeps what was committed and is not in the file yet."""
    return path.with_name(f"{path.name}.wal")


def connect_for_writing(path: Path, *, vectors: bool = False) -> duckdb.DuckDBPyConnection:
    """A read-write connection to a file of ours. Raises RunBusy, DiskFull or HardlookError with the reason.

    vectors: whether the file holds long float vectors. Their bits do not compress, and finding that out takes longer
    than writing them; and a commit of a whole row group goes straight to its place, without the log.
    """
    was_there = path.exists()
    try:
        options = [f"ROW_GROUP_SIZE {ROWS_STEP}"] if vectors else []
        options += [] if was_there else [f"STORAGE_VERSION '{READ_SINCE}'"]
        with closed_on_error(duckdb.connect()) as connection:
            attach(connection, path, "written", ", ".join(options))
            connection.execute("USE written")
            connection.execute("SET preserve_insertion_order = true")
            if vectors:
                connection.execute("SET force_compression = 'uncompressed'")
                connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        return connection
    except duckdb.Error as error:
        if not was_there:
            path.unlink(missing_ok=True)  # begun, and no database yet
        raise explained(error, path) from error


def explained(error: duckdb.Error, path: Path, needed: int = 0) -> HardlookError:
    """DuckDB's error as one that names the file and the next step. needed: bytes that were to be written."""
    text = str(error)
    if ("lock" in text.lower() and "conflicting" in text.lower()) or "already attached" in text:
        return RunBusy(f"Another process is writing {path.name}.", "Wait for it to finish, or stop it, and try again.")
    if reason := want_of_space(error):
        return disk_full(path, reason, needed)
    return HardlookError(f"{path.name} could not be written: {text}", "Run the same command again.")
