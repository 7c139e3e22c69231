"""Who looks at what next: images are lent to one reviewer at a time, and come back when a loan runs out.

Loans are no part of the journal: they lie in the audit's cache, and losing them costs nobody a decision.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from ..files.opened import closed_on_error
from ..files.sqlite import open_to_write
from .entries import SKIPPED
from .fold import states_of
from .history import UNDONE_ALREADY
from .journal import Journal, in_parts
from .schema import explained

LOAN_S = 900.0
"""How long an image is kept for the reviewer it was handed to."""

_SKIPPED = f"""SELECT key FROM entry WHERE reviewer = ? AND action = sequence AND verdict = ? AND key IS NOT NULL
    AND NOT {UNDONE_ALREADY.format(entry="entry.sequence")} GROUP BY key ORDER BY max(sequence)"""

_SCHEMA = "CREATE TABLE IF NOT EXISTS loan (key TEXT PRIMARY KEY, reviewer TEXT NOT NULL, until REAL NOT NULL) STRICT"


def lend(
    journal: Journal, candidates: Iterable[str], reviewer: str, n: int, *, seconds: float = LOAN_S,
    now: float | None = None, decided_too: bool = False,
) -> list[str]:  # fmt: skip
    """Keep up to n of the candidates for a reviewer, in their order: those nobody else holds and nobody has decided.

    What the reviewer holds already is lent again, so a page that is opened anew goes on where it was.
    now: seconds since 1970, the clock's if None. decided_too: for second reviews, where a decision is no obstacle.
    """
    moment = time.time() if now is None else now
    with _loans(journal) as connection:
        connection.execute("DELETE FROM loan WHERE until <= ?", [moment])
        # No loan is longer than this, unless the clock was set back since.
        connection.execute("UPDATE loan SET until = ?1 WHERE until > ?1", [moment + max(seconds, LOAN_S)])
        held = dict(connection.execute("SELECT key, reviewer FROM loan").fetchall())
        free = (key for key in candidates if held.get(key, reviewer) == reviewer)
        taken = list(islice(free if decided_too else _undecided(journal, free), n))
        rows = [(key, reviewer, moment + seconds) for key in taken]
        connection.executemany("INSERT OR REPLACE INTO loan VALUES (?, ?, ?)", rows)
    return taken


def _undecided(journal: Journal, keys: Iterable[str]) -> Iterator[str]:
    """The keys without a decision, in order: asked for in parts, as the first few are mostly enough."""
    for part in in_parts(keys):
        decided = states_of(journal, part)
        yield from (key for key in part if key not in decided)


def skipped_by(journal: Journal, reviewer: str) -> list[str]:
    """Keys of the images that a reviewer has skipped and not taken back, decided since or not; last skipped last."""
    return [key for (key,) in journal.rows(_SKIPPED, [reviewer, SKIPPED])]


def give_back(journal: Journal, keys: Iterable[str], reviewer: str) -> None:
    """End a reviewer's loans of these images, decided or not."""
    with _loans(journal) as connection:
        connection.executemany("DELETE FROM loan WHERE key = ? AND reviewer = ?", [(key, reviewer) for key in keys])


@contextmanager
def _loans(journal: Journal) -> Iterator[sqlite3.Connection]:
    """The loans, for one step: all of it, or after an error none of it.

    The journal keeps the connection: to close the last one writes the whole file anew, at the pace of one key a time.
    """
    with journal.loan_lock:
        connection = journal.loans = journal.loans or _connect(journal)
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise explained(error, _path(journal)) from error


def _path(journal: Journal) -> Path:
    return journal.path.parent / "cache" / "loans.sqlite"


def _connect(journal: Journal) -> sqlite3.Connection:
    path = _path(journal)
    path.parent.mkdir(exist_ok=True)
    try:
        with closed_on_error(open_to_write(path)) as connection:
            connection.execute("PRAGMA synchronous = NORMAL")  # a loan may be lost with the power
            connection.execute(_SCHEMA)
    except sqlite3.Error as error:
        raise explained(error, path) from error
    return connection
