"""The journal of people's decisions: appended to in durable steps, never changed. `reviews.sqlite` in the audit.

An entry is durable when the call that wrote it returns. What an image's label is now follows from the entries
(`fold.py`); nothing else is stored.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ..errors import BadInput
from ..files.names import checked_name
from ..store.audit import Audit
from ..store.items import class_names_of
from .entries import AGREED, APPLIED, CONFLICT, ENTRY_COLUMNS, NOTED, By, Entry, Saved
from .schema import connect, explained

FILE = "reviews.sqlite"
AT_ONCE = 500  # bound values in one query
_INSERT = f"INSERT INTO entry ({', '.join(ENTRY_COLUMNS)}) VALUES ({', '.join('?' * len(ENTRY_COLUMNS))})"
_SELECT = f"SELECT {', '.join(ENTRY_COLUMNS)} FROM entry"


@dataclass(frozen=True)
class Head:
    """The last entry that changed an image: its number, the decision it goes by, and who sent it. Zeros for none."""

    sequence: int
    origin: int
    nonce: str


UNTOUCHED = Head(0, 0, "")


class Journal:
    """One audit's journal. One connection, which threads take in turn; each process opens its own.

    class_names: the data's classes, before anyone renamed, merged or added one.
    """

    def __init__(self, path: Path, class_names: Sequence[str]) -> None:
        self.path = path
        self.class_names = tuple(class_names)
        self._connection = connect(path)
        self._file = _file_at(path)
        self._lock = threading.RLock()
        self._depth = 0
        self.folded: object = None  # the last fold, which the next goes on from (`fold.py`)
        self.loans: sqlite3.Connection | None = None  # opened and used by `queue.py`, under its lock
        self.loan_lock = threading.Lock()

    @property
    def audit(self) -> str:
        """The name of the audit that it belongs to."""
        return self.path.parent.name

    def close(self) -> None:
        """Let go of the file. Everything written is durable already."""
        with self.loan_lock:
            if self.loans is not None:
                self.loans.close()
                self.loans = None
        with self._lock:
            self._connection.close()

    def _current(self) -> sqlite3.Connection:
        """The connection to what has the journal's name now, for who has the lock.

        A page keeps its journal for days. Meanwhile the audit may have been made anew, or a copy put back: SQLite would
        go on with the file that was there before, and what is written to a file without a name is lost.
        """
        if not self._depth and _file_at(self.path) != self._file:
            self._connection.close()  # first: both would have a log of the same name
            self._file, self.folded = (), None  # no file's, should there be none to open
            self._connection = connect(self.path)
            self._file = _file_at(self.path)
        return self._connection

    @property
    def last(self) -> int:
        """The number of the last entry, 0 in an empty journal: what `Decision.seen` wants to know."""
        return int(self.rows("SELECT coalesce(max(sequence), 0) FROM entry")[0][0])

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of one query over the table `entry`."""
        with self._lock:
            try:
                return self._current().execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise explained(error, self.path) from error

    def entries(self, where: str = "1", values: Sequence[Any] = ()) -> list[Entry]:
        """Whole entries in order. where: SQL written in this package, its values bound."""
        return [Entry(*row) for row in self.rows(f"{_SELECT} WHERE {where} ORDER BY sequence", values)]

    def history(self, key: str) -> list[Entry]:
        """Everything the journal says about one image, oldest first."""
        return self.entries("key = ?", [key])

    def head(self, key: str) -> Head:
        """The last entry that changed this image, UNTOUCHED for none."""
        found = self.rows(
            "SELECT sequence, origin, nonce FROM entry WHERE key = ? AND effect = 'applied' "
            "ORDER BY sequence DESC LIMIT 1",
            [key],
        )
        return Head(*found[0]) if found else UNTOUCHED

    def heads(self, keys: Iterable[str] | None = None) -> dict[str, Head]:
        """The same for many images, or for every one that was ever changed; the others are absent."""
        parts: Iterable[list[str]] = [[]] if keys is None else in_parts(keys)
        found: dict[str, Head] = {}
        for part in parts:
            only = f"AND key IN ({','.join('?' * len(part))})" if keys is not None else ""
            query = f"""SELECT key, sequence, origin, nonce FROM entry WHERE sequence IN (
                SELECT max(sequence) FROM entry WHERE key IS NOT NULL AND effect = 'applied' {only} GROUP BY key)"""
            found |= {key: Head(*rest) for key, *rest in self.rows(query, part)}
        return found

    @contextmanager
    def together(self) -> Iterator[None]:
        """Everything written inside is one durable step: all of it, or after an error none of it.

        Inside another such block it is a part of that one; an error takes back this part alone.
        """
        with self._lock:
            name, connection = f"part{self._depth}", self._current()
            try:
                # IMMEDIATE takes the write lock first: what is read inside is what the entries are written against.
                connection.execute(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                connection.execute(f"RELEASE {name}" if self._depth else "COMMIT")
            except BaseException as error:
                self.folded = None  # it may hold entries that are taken back now, whose numbers others will get
                if connection.in_transaction:
                    connection.execute(f"ROLLBACK TO {name}" if self._depth else "ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise explained(error, self.path) from error
                raise

    def append(self, rows: Iterable[dict[str, Any]], by: By, kind: str) -> Saved:
        """Write the entries of one action, inside `together`. The first is the action, the others its images.

        rows: columns that differ from `_BLANK`.
        """
        first = self.last + 1
        fixed = {**sender(by), "kind": kind, "action": first}
        tally: Counter[str] = Counter()
        key, count = "", 0

        def whole() -> Iterator[dict[str, Any]]:
            nonlocal key, count
            for row in rows:
                if row.get("key") is not None:
                    tally[row["effect"]] += 1
                    key, count = row["key"], count + 1
                yield {**fixed, **row}

        self.write(whole())
        return _saved(first, key if count == 1 else "", tally, repeated=False)

    def write(self, rows: Iterable[dict[str, Any]]) -> None:
        """Write entries as they are, inside `together`. A row without an action is one, an origin of OWN is its own."""

        def values() -> Iterator[tuple[Any, ...]]:
            for sequence, row in enumerate(rows, start=self.last + 1):
                whole = {**_BLANK, "action": sequence, **row, "sequence": sequence}
                if whole["origin"] == OWN:
                    whole["origin"] = sequence
                yield tuple(whole.values())  # `_BLANK` has the columns in their order

        self._connection.executemany(_INSERT, values())

    def sent_before(self, by: By) -> Saved | None:
        """What became of this nonce and number when they arrived the first time, None if they are new."""
        found = self.rows(
            "SELECT sequence FROM entry WHERE nonce = ? AND number = ? AND action = sequence", [by.nonce, by.number]
        )
        return self.outcome(found[0][0]) if found else None

    def known(self, sent: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
        """Those of some (nonce, number) that were sent before."""
        found: set[tuple[str, int]] = set()
        for part in in_parts(sent):
            query = f"""WITH sent (nonce, number) AS (VALUES {",".join(["(?, ?)"] * len(part))})
                SELECT nonce, number FROM sent WHERE EXISTS (SELECT 1 FROM entry WHERE entry.nonce = sent.nonce
                AND entry.number = sent.number AND action = sequence)"""
            found.update(self.rows(query, [value for each in part for value in each]))
        return found

    def outcome(self, sequence: int) -> Saved:
        """What became of an action that is in the journal."""
        tally: Counter[str] = Counter()
        keys: list[str] = []
        for key, effect in self.rows(
            "SELECT key, effect FROM entry WHERE key IS NOT NULL AND (sequence = ?1 "
            "OR (action = ?1 AND action <> sequence))",
            [sequence],
        ):
            tally[effect] += 1
            keys.append(key)
        return _saved(sequence, keys[0] if len(keys) == 1 else "", tally, repeated=True)


OWN = -1
"""An entry's `origin` when it is its own: its number is known only once it is written."""

_BLANK: dict[str, Any] = {
    **dict.fromkeys(ENTRY_COLUMNS), "effect": NOTED, "verdict": "", "reason": "", "blind": 0, "seen": 0, "found": 0,
    "scores": "{}", "runs": "{}", "detail": "{}",
}  # fmt: skip


def sender(by: By) -> dict[str, Any]:
    """Who sends an entry, as its columns. Raises BadInput without a reviewer's name."""
    if not by.reviewer.strip():
        raise BadInput("A decision needs a reviewer's name.", "Enter your name, or pass it as --reviewer.")
    checked_name(by.reviewer, "a reviewer")
    return {"nonce": by.nonce, "number": by.number, "time": by.time or now(), "reviewer": by.reviewer}


def open_journal(audit: Audit) -> Journal:
    """The audit's journal, made if it is not there. Keep it: a page opens it once. Raises MissingRun without images."""
    return Journal(audit.path / FILE, class_names_of(audit))


def has_journal(audit: Audit) -> bool:
    """Whether anything was ever decided in this audit."""
    return os.path.lexists(audit.path / FILE)  # a link that leads nowhere is no reason to pass decisions over


def _file_at(path: Path) -> tuple[int, ...] | None:
    """Which file has this name, by its device and number; None for none."""
    try:
        found = path.stat()
    except OSError:  # connecting says why
        return None
    return found.st_dev, found.st_ino


def now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def as_json(value: Any) -> str:
    """A small JSON text, the same for the same value."""
    if value == {}:  # what nearly every entry has
        return "{}"
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _saved(sequence: int, key: str, tally: Counter[str], *, repeated: bool) -> Saved:
    return Saved(sequence, key, tally[APPLIED], tally[AGREED], tally[CONFLICT], tally[NOTED], repeated)


T = TypeVar("T")


def in_parts(values: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Values in lists short enough to bind to one query."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
