"""The one way from a path to DuckDB: every database file is attached here, whatever its folder is called.

DuckDB takes a path for text of its own. It reads a backslash as a slash and refuses bytes that are not UTF-8: a folder
of such a path is opened here and given to it by number. And it puts the ending of a file's log before the first "?",
which nothing helps, because it resolves every link first: below such a folder files are read, and not written.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import duckdb

from ...errors import BadInput
from ...files.opened import closed_on_error
from ...images.regular_files import file_kind
from .schema import quoted

DESCRIPTORS = Path("/proc/self/fd")
"""Where Linux has the open folders of a process by number, as folders."""

OTHER_FOLDER = "Rename that folder, or name another: HARDLOOK_AUDITS=~/audits hardlook …"
READ_ONLY = "READ_ONLY"
MEMORY_LIMIT = "256MB"
"""What DuckDB may keep of a file of vectors; without a limit it would end up holding all of it."""


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, options: str = READ_ONLY) -> None:
    """Attach a database file under `name`. options: DuckDB's, with commas between; without READ_ONLY it is written.

    Raises duckdb.Error, and BadInput where DuckDB cannot take the path.
    """
    if options != READ_ONLY:
        refuse_unwritable(path.parent)
    _refuse_endless(path)
    given = f" ({options})" if options else ""
    try:
        connection.execute(f"ATTACH {quoted(reachable(path))} AS {name}{given}")
    except UnicodeDecodeError as error:  # DuckDB's own error, whose message has the path as it is
        raise duckdb.IOException(error.object.decode(errors="backslashreplace")) from error


def _refuse_endless(path: Path) -> None:
    """Raise duckdb.IOException where a file or its log is a pipe or a device, which DuckDB would wait for.

    What is not there it says itself.
    """
    for place, whose in ((path, "it"), (path.with_name(f"{path.name}.wal"), "its log")):
        with suppress(OSError):
            if odd := file_kind(os.stat(place).st_mode):
                raise duckdb.IOException(f"{whose} is {odd}")


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a file that is there. Raises as `attach` does."""
    with closed_on_error(duckdb.connect()) as connection:  # not to the path, which it reads in another way than ATTACH
        attach(connection, path, "opened")
        connection.execute("USE opened")
    return connection


def refuse_unwritable(folder: Path) -> None:
    """Raise BadInput where DuckDB cannot write a file in the folder because of its path."""
    if "?" in os.path.realpath(folder):
        raise BadInput(f"Nothing can be written in {folder}: the database misreads the '?' in its path.", OTHER_FOLDER)


def reachable(path: Path) -> str:
    """`path` as DuckDB opens it. Raises BadInput where this system has no name that it would not misread."""
    if "\\" not in str(path) and _is_utf8(str(path)):
        return str(path)
    if not DESCRIPTORS.is_dir():
        raise BadInput(f"The database misreads the path of {path.parent}.", OTHER_FOLDER)
    found = path.parent.stat()
    return f"{DESCRIPTORS}/{_opened(str(path.parent), found.st_dev, found.st_ino)}/{path.name}"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def _opened(folder: str, device: int, inode: int) -> int:
    """A descriptor that stays open: a connection makes its log and temporary files long after it was opened.

    device, inode: the folder's; one that was made anew under the old name is another.
    """
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
