"""SQLite files that are written: how one is opened, by however many processes at once."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from .opened import closed_on_error
from .whole import begin_file

WAIT_S = 30.0
"""How long one process waits for another that is writing."""


def open_to_write(path: Path) -> sqlite3.Connection:
    """A connection to a file, which is made if it is not there, with a log; transactions are begun and ended by hand.

    Threads may share it, one at a time. Raises sqlite3.Error and OSError.
    """
    begin_file(path)  # as the umask has it; SQLite would let its user alone write it
    opened = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
    with closed_on_error(opened) as connection:
        _keep_log(connection)
    return connection


def _keep_log(connection: sqlite3.Connection) -> None:
    """Have commits go to a log. Of two that switch to it at once SQLite refuses one, without the wait it has else."""
    until = time.monotonic() + WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
