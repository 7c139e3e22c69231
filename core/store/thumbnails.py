"""Thumbnails by content hash in one SQLite file of the audit's cache: written at ingest, read by the pages.

One file of blobs is read five times faster than a file each, and a thumbnail outlives a changed manifest.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from ..errors import Unreadable
from ..files.leftovers import set_aside
from ..files.opened import closed_on_error
from ..files.space import needing_space
from ..files.sqlite import WAIT_S, open_to_write
from ..progress import warning
from .audit import Audit

SCHEMA = "CREATE TABLE IF NOT EXISTS thumbnail (content_hash TEXT PRIMARY KEY, webp BLOB NOT NULL) WITHOUT ROWID"
AT_ONCE = 500  # bound values in one query
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def path_of(audit: Audit) -> Path:
    """The file that holds an audit's thumbnails."""
    return audit.cache / "thumbnails.sqlite"


class ThumbnailWriter:
    """Adds thumbnails, each `add` one durable step. Use as a context manager; raises DiskFull and Unreadable.

    warn: told if the file cannot be read, which is then set aside and begun anew. to_come: how many thumbnails are
    expected yet, for the error of a full disk.
    """

    def __init__(self, audit: Audit, warn: Callable[[str], None] = warning) -> None:
        self.to_come = 0
        self._path = path_of(audit)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if why := _why_unreadable(self._path):
            warn(set_aside(self._path, why))
            for log in _logs_of(self._path):
                log.unlink(missing_ok=True)
        try:
            with needing_space(self._path), closed_on_error(open_to_write(self._path)) as self._connection:
                self._connection.execute(SCHEMA)
        except sqlite3.Error as error:
            way_out = "Let it be written, or remove it: the next ingest makes the thumbnails anew."
            raise Unreadable(self._path, str(error), way_out) from error

    def __enter__(self) -> ThumbnailWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def known(self) -> set[str]:
        """Content hashes that have a thumbnail already."""
        return {key for (key,) in self._connection.execute("SELECT content_hash FROM thumbnail")}

    def add(self, thumbnails: Sequence[tuple[str, bytes]]) -> None:
        """Keep (content hash, WebP bytes) pairs; those already there stay."""
        bytes_each = sum(len(webp) for _, webp in thumbnails) / max(len(thumbnails), 1)
        needed = round(bytes_each * max(self.to_come, len(thumbnails)))
        with needing_space(self._path, needed), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO thumbnail VALUES (?, ?)", thumbnails)


def any_there(audit: Audit) -> bool:
    """Whether there is a thumbnail at all, in a file that a `ThumbnailWriter` has begun, or none has."""
    path = path_of(audit)
    if not path.exists():
        return False
    with _reading(path) as connection:
        return connection.execute("SELECT 1 FROM thumbnail LIMIT 1").fetchone() is not None


def all_have_one(audit: Audit, content_hashes: Iterable[str]) -> bool:
    """Whether each of these images has a thumbnail that can be read."""
    path = path_of(audit)
    if not path.exists() or _why_unreadable(path):
        return False
    with _reading(path) as connection:
        known = {key for (key,) in connection.execute("SELECT content_hash FROM thumbnail")}
    return known.issuperset(content_hashes)


def _why_unreadable(path: Path) -> str:
    """What SQLite says of a file that is damaged or none of its own, "" where it is whole or there is none."""
    if not os.path.lexists(path):
        return ""
    if not path.is_file():
        return "it is no file"
    try:
        with _reading(path) as connection:
            connection.execute("SELECT content_hash FROM thumbnail LIMIT 1")
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        # Killed before its table was made, which the writer makes; or locked, or not to be opened: no damage.
        return str(error) if error.sqlite_errorcode & 0xFF in _DAMAGED else ""
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if said == "ok" else str(said)


def _reading(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_S))


def _logs_of(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm")]


def read_thumbnails(audit: Audit, content_hashes: Sequence[str]) -> Mapping[str, bytes]:
    """WebP bytes by content hash; a hash without a thumbnail is absent from the answer.

    So is every one in a file that cannot be read, which standard error is told: pages are drawn without them, and the
    next ingest makes them anew.
    """
    path = path_of(audit)
    if not path.exists():
        return {}
    found: dict[str, bytes] = {}
    try:
        with needing_space(path), _reading(path) as connection:  # SQLite writes an index of the log even to read it
            for start in range(0, len(content_hashes), AT_ONCE):
                part = content_hashes[start : start + AT_ONCE]
                marks = ",".join("?" * len(part))
                query = f"SELECT content_hash, webp FROM thumbnail WHERE content_hash IN ({marks})"
                found.update(connection.execute(query, part))
    except sqlite3.Error as error:
        warning(f"{path} cannot be read: {error}. The next ingest makes the thumbnails anew.")
    return found
