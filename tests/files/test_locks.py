"""A file that this process has locked stays locked while the process opens it once more in any of its ways."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import RunBusy
from core.reviews import open_journal
from core.reviews.queue import _connect as open_loans
from core.reviews.schema import damage_of
from core.store.audit import Audit
from core.store.database.partial import connect_for_writing, open_partial
from core.store.thumbnails import ThumbnailWriter, path_of
from core.store.unfinished import being_written
from tests.audits import build_audit

READ = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
connection.close()
"""


def journal_again(audit: Audit) -> Path:
    open_journal(audit).close()
    return audit.path / "reviews.sqlite"


def journal_looked_at(audit: Audit) -> Path:
    assert damage_of(audit.path / "reviews.sqlite") is None
    return audit.path / "reviews.sqlite"


def loans_again(audit: Audit) -> Path:
    with closing(open_journal(audit)) as journal:
        open_loans(journal).close()
    return audit.cache / "loans.sqlite"


def thumbnails_again(audit: Audit) -> Path:
    with ThumbnailWriter(audit):
        pass
    return path_of(audit)


@pytest.mark.parametrize("again", [journal_again, journal_looked_at, loans_again, thumbnails_again])
def test_opening_a_file_once_more_ends_no_lock_on_it(again: Callable[[Audit], Path], tmp_path: Path) -> None:
    """Without the lock a program that ends takes itself for the last, and removes the log that we still write."""
    audit = build_audit(tmp_path, n=12).audit
    open_journal(audit).close()
    path = again(audit)
    with closing(sqlite3.connect(path, isolation_level=None)) as ours:
        ours.execute("PRAGMA journal_mode = WAL")
        ours.execute("PRAGMA user_version = 1")
        log = path.with_name(f"{path.name}-wal")
        assert log.exists()
        again(audit)
        subprocess.run([sys.executable, "-c", READ, str(path)], check=True)
        assert log.exists()


def run_again(path: Path) -> None:
    with pytest.raises(RunBusy):
        open_partial(path, [], vectors=False, warn=pytest.fail)


def run_looked_at(path: Path) -> None:
    assert being_written(path)


WRITE = """
import sys
from pathlib import Path
from core.errors import RunBusy
from core.store.database.partial import connect_for_writing
try:
    connect_for_writing(Path(sys.argv[1]))
except RunBusy:
    raise SystemExit(0)
raise SystemExit("two processes write the same run")
"""


@pytest.mark.parametrize("again", [run_again, run_looked_at])
def test_a_run_that_is_written_is_kept_from_other_processes(again: Callable[[Path], None], tmp_path: Path) -> None:
    """A second thread that is to compute the same run is refused, and changes nothing for the first."""
    path = tmp_path / "run.partial"
    with closing(connect_for_writing(path)) as ours:
        ours.execute("CREATE TABLE rows (value INTEGER)")
        again(path)
        subprocess.run([sys.executable, "-c", WRITE, str(path)], check=True)
