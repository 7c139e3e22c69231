"""What is wrong with a DuckDB file that cannot be read, in words, and which of several it is.

DuckDB keeps a checksum of every block of 256 KiB and compares it whenever it reads one: a flipped bit is an error, not
a wrong number. Blocks that nobody asks for are not looked at, so a run is known to be damaged when a question meets it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from ...errors import RunUnreadable, Unreadable, command
from ...kinds.registry import OF_EVERY_RUN, find_kind, kind_of
from . import schema
from .connect import attach

ANOTHER_HARDLOOK = "another Hardlook wrote it"
NEWER_DUCKDB = "a newer DuckDB wrote it"
"""Of what is sound, and nothing for this Hardlook."""

_WORDS = (
    ("Corrupt database file", "it is damaged, a checksum does not match"),
    ("not a valid DuckDB database", "it is no database, or its beginning is gone"),
    ("Could not read enough bytes", "it breaks off"),
    ("Is a directory", "it is a folder"),
    ("Permission denied", "this user may not read it"),
    ("does not exist", "there is no such file"),
    ("version number", NEWER_DUCKDB),
)
_NOT_ITS_FAULT = ("Too many open files", "No space left", "set lock", "already attached")
_OF_ITEMS = ("images", "classes", "refused", "source")
"""Tables of every items file, those of earlier Hardlooks too."""


def unreadable(path: Path, what: str) -> Unreadable:
    """A published file that cannot be read, with the way out: runs are computed again, images ingested again."""
    audit = path.parent.parent.name if path.parent.name == "runs" else path.parent.name
    if path.parent.name == "runs":
        sound = ANOTHER_HARDLOOK in what or NEWER_DUCKDB in what
        advice = "Delete it, and compute it again"
        advice = f"It stays for the Hardlook that wrote it. Without that: {advice.lower()}" if sound else advice
        return RunUnreadable(path, what, advice, command(audit, "runs", "--delete", path.stem))
    return Unreadable(path, what, "Ingest the same images again", command(audit, "ingest", "PATH"))


def _in_words(error: duckdb.Error) -> str:
    """DuckDB's error as a part of a sentence; "" where it is not the file's: no memory, too many files, a lock."""
    text = str(error)
    first = " ".join(text.split())[:200]
    if any(part in text for part in _NOT_ITS_FAULT):
        return ""
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.ConversionException):
        return f"{ANOTHER_HARDLOOK} ({first})"  # a table that "does not exist" is no file that does not
    if known := next((words for part, words in _WORDS if part in text), ""):
        return known
    return first if isinstance(error, duckdb.IOException) else ""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What reads this one file: DuckDB's errors that it is to blame for become Unreadable, and a run is passed over."""
    try:
        yield
    except duckdb.Error as error:
        if what := _in_words(error):
            raise pass_over(path, what) from error
        raise


_passed_over: dict[Path, tuple[int, str]] = {}
"""Runs that were found to be damaged: when their files last changed, and what is wrong, in words.

Not the error itself, whose traceback would keep open whatever was open when it was raised: all of the audit's files.
"""


def passed_over(path: Path) -> Unreadable | None:
    """What is wrong with a run that was found to be damaged, as long as its file is the same."""
    changed, what = _passed_over.get(path, (0, ""))
    return unreadable(path, what) if what and path.exists() and path.stat().st_ctime_ns == changed else None


def pass_over(path: Path, what: str) -> Unreadable:
    """The error of a file that cannot be read; where it is a run's, it is not read again as long as it is the same."""
    damage = unreadable(path, what)
    if isinstance(damage, RunUnreadable) and path.exists():
        _passed_over[path] = path.stat().st_ctime_ns, what
    return damage


def damage_of(path: Path) -> Unreadable | None:
    """What is wrong with a published file, read from its first block to its last; None for nothing."""
    try:
        with reading(path), closing(duckdb.connect()) as connection:
            attach(connection, path, "looked_at")
            lacking = _lacking(connection, path)
            for (name,) in _tables(connection, "looked_at"):
                connection.execute(f"SELECT bit_xor(hash(t)) FROM looked_at.{schema.identifier(name)} AS t").fetchall()
            _read_indexes(connection, "looked_at")
    except Unreadable as error:
        return error
    return pass_over(path, f"it has no {lacking}: {ANOTHER_HARDLOOK}") if lacking else None


def _read_indexes(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Have every index of unique columns read: it has blocks of its own, which only a search goes through."""
    connection.execute("SET index_scan_percentage = 1; SET index_scan_max_count = 1_000_000_000")
    query = """SELECT table_name, constraint_column_names[1] FROM duckdb_constraints()
        WHERE database_name = ? AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')"""
    for names in connection.execute(query, [database]).fetchall():
        table, column = map(schema.identifier, names)
        # Of all but the first: what statistics can answer is not searched for.
        (lowest,) = connection.execute(f"SELECT min({column}) FROM {database}.{table}").fetchall()[0]
        connection.execute(f"SELECT count(*) FROM {database}.{table} WHERE {column} > ?", [lowest]).fetchall()


def _lacking(connection: duckdb.DuckDBPyConnection, path: Path, database: str = "looked_at") -> str:
    """A table or column that such a file has, and this one has not; "" for none."""
    of_run = path.parent.name == "runs"
    kind = find_kind(kind_of(path.stem)) if of_run else None
    statements = (
        [schema.RUN, *(schema.tables_for(kind.name, d=1, k=1) if kind else [])] if of_run else [schema.items({})]
    )
    with closing(duckdb.connect()) as blank:
        for statement in statements:
            blank.execute(statement)
        wanted = columns_in(blank, "memory")
    found = columns_in(connection, database)
    names = (*OF_EVERY_RUN, *(kind.tables if kind else ())) if of_run else _OF_ITEMS
    missing = sorted(f"{table}.{column}" for table, column in wanted - found if table in names)
    return missing[0] if missing else ""


def refuse_other_images(connection: duckdb.DuckDBPyConnection, database: str, path: Path) -> None:
    """Raise Unreadable where an attached items file holds other images than its name says, or is none of ours.

    Older ones do not say which they hold.
    """
    query = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND table_name = 'identity'"
    if connection.execute(query, [database]).fetchone():
        found = connection.execute(f"SELECT fingerprint FROM {schema.identifier(database)}.identity").fetchone()
        if found is not None and found != (path.stem.removeprefix("items-"),):
            raise unreadable(path, f"it holds the images of another audit or state, {found[0]}")
    elif lacking := _lacking(connection, path, database):
        raise unreadable(path, f"it has no {lacking}: {ANOTHER_HARDLOOK}")


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str]]:
    return connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [database]).fetchall()


def columns_in(connection: duckdb.DuckDBPyConnection, database: str) -> set[tuple[str, str]]:
    """(table, column) of an attached database."""
    query = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?"
    return set(connection.execute(query, [database]).fetchall())
