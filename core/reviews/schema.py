"""The journal's file: one table that only grows, and the settings that make a commit durable."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ..errors import DiskFull, HardlookError, RunBusy, Unreadable, command
from ..files.opened import closed_on_error
from ..files.space import disk_full, want_of_space
from ..files.sqlite import WAIT_S, open_to_write

FORMAT = 1
APPLICATION = 0x48524456  # "HRDV", so that `file` and we can tell it from any other SQLite file
CACHE_KB = 64_000  # what a large import changes is written once, not as often as it leaves a small cache

# The triggers hold for every program that opens the file, not only for this one. Numbering without gaps also keeps
# INSERT OR REPLACE from putting a row over another, which runs no DELETE trigger.
SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    sequence INTEGER PRIMARY KEY,
    nonce TEXT NOT NULL, number INTEGER NOT NULL, time TEXT NOT NULL, reviewer TEXT NOT NULL,
    kind TEXT NOT NULL, effect TEXT NOT NULL, action INTEGER NOT NULL, parent INTEGER, origin INTEGER,
    key TEXT, content_hash TEXT, verdict TEXT NOT NULL, old_label TEXT, new_label TEXT, second_label TEXT,
    reason TEXT NOT NULL, blind INTEGER NOT NULL, seen INTEGER NOT NULL, found INTEGER NOT NULL,
    scores TEXT NOT NULL, runs TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS entry_sent ON entry (nonce, number) WHERE action = sequence;
CREATE INDEX IF NOT EXISTS entry_image ON entry (key, effect, sequence) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_part ON entry (action) WHERE action <> sequence;
CREATE INDEX IF NOT EXISTS entry_parent ON entry (parent) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_reviewer ON entry (reviewer, sequence) WHERE action = sequence;
CREATE INDEX IF NOT EXISTS entry_kind ON entry (kind, sequence) WHERE key IS NULL;
CREATE INDEX IF NOT EXISTS entry_conflict ON entry (sequence) WHERE effect = 'conflict';
CREATE TRIGGER IF NOT EXISTS entry_no_update BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_no_delete BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS entry_in_order BEFORE INSERT ON entry
    WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM entry)
    BEGIN SELECT RAISE(ABORT, 'entries are numbered one after another'); END;
CREATE TRIGGER IF NOT EXISTS entry_once BEFORE INSERT ON entry
    WHEN NEW.action = NEW.sequence AND EXISTS (
        SELECT 1 FROM entry WHERE nonce = NEW.nonce AND number = NEW.number AND action = sequence)
    BEGIN SELECT RAISE(ABORT, 'this was sent before'); END;
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the journal, which is made if it is not there. Raises HardlookError naming the file."""
    try:
        with closed_on_error(open_to_write(path)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
            _begin(connection, path)
    except sqlite3.Error as error:
        raise explained(error, path) from error
    except OSError as error:
        raise Unreadable(path, error.strerror or str(error), "See that this user may read and write it") from error
    return connection


def _begin(connection: sqlite3.Connection, path: Path) -> None:
    """Make the journal's table where the file is new. Raises Unreadable where it is no journal that we write."""
    if not _format(connection):
        connection.execute("BEGIN IMMEDIATE")  # two processes may both be the first: here it is certain whether we are
        if not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
            for statement in _statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION:
        raise damaged(path, "it is a database of something else")
    if (found := _format(connection)) != FORMAT:
        raise Unreadable(
            path, f"it is a journal of format {found}, and this Hardlook reads format {FORMAT}",
            "Use the Hardlook that wrote it, and export its decisions with",
            command(path.parent.name, "export", "--format", "decisions", "--to", "FILE"),
        )  # fmt: skip


def explained(error: sqlite3.Error, path: Path) -> HardlookError:
    """SQLite's error as one that names the file and the next step."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return RunBusy(
            f"Another process has been writing {path} for more than {WAIT_S:.0f} s.", "Nothing was saved; try again."
        )
    if reason := want_of_space(error):
        full = disk_full(path, reason)
        return DiskFull(f"{full.message} Nothing of this was saved.", "Free some space, try again.")
    if "unable to open database file" in text:
        what = "it is a folder" if path.is_dir() else text
        return Unreadable(path, what, "See that this user may read and write it")
    if any(part in text for part in _DAMAGED):
        return damaged(path, text)
    return HardlookError(f"{path} could not be used: {text}.", "Nothing was saved; see that the file can be written.")


_DAMAGED = ("malformed", "not a database", "no such column", "no such table", "Could not decode")


def damaged(path: Path, what: str) -> Unreadable:
    """A journal that cannot be read. SQLite keeps no checksums: a byte changed inside a text is read as it stands."""
    return Unreadable(
        path, what, "Put back a copy, with what lies beside it. Without one, move it away: what SQLite's .recover "
        "finds in it can be imported, and a new journal begins",
    )  # fmt: skip


def damage_of(path: Path) -> HardlookError | None:
    """What SQLite's own check finds wrong with a journal, None for nothing. It reads all of the file."""
    try:
        with closing(connect(path)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except HardlookError as error:
        return error
    except sqlite3.Error as error:
        return explained(error, path)
    return None if found == "ok" else damaged(path, " ".join(str(found).split())[:200])


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements() -> list[str]:
    """SCHEMA one statement at a time: `executescript` would commit before it starts."""
    statements, current = [], ""
    for line in SCHEMA.splitlines():
        current += line + "\n"
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
