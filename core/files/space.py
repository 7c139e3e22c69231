"""A disk that is full: what tells so, decided here for every library that writes, and how it is said."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DiskFull

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota on the disk is used up",
    errno.EFBIG: "no larger file may be written there",
}
"""What the system says when there is no room, and what we say. The last is a limit of the shell or the file system."""

_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
_WITHOUT_NUMBER = re.compile(
    r"database or disk is full"
    r"|\d+ requested and \d+ written"  # numpy's tofile, after a short write
    r"|PytorchStreamWriter failed writing|file write failed|unexpected pos \d+ vs \d+",  # torch.save
    re.IGNORECASE,
)


def want_of_space(error: BaseException) -> str:
    """Why nothing more can be written, if that is what an error or what it was raised from says; else "".

    By its number where it has one; else by its words: DuckDB, PyArrow, PyTorch and NumPy hand on the system's, or a
    short write.
    """
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        if reason := _reason(following):
            return reason
        following = following.__cause__ or following.__context__
    return ""


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in _REASONS:
        return _REASONS[error.errno]
    if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) in _SQLITE:
        return _REASONS[errno.ENOSPC]
    text = str(error)
    for number, reason in _REASONS.items():
        if os.strerror(number) in text:
            return reason
    return _REASONS[errno.ENOSPC] if _WITHOUT_NUMBER.search(text) else ""


def disk_full(path: Path, reason: str, needed: int = 0) -> DiskFull:
    """The error for a file that there was no room for: which disk it is, what is free and what was needed.

    needed: bytes that were to be written in this step, 0 where that is not known.
    """
    disk = disk_of(path)
    free = shutil.disk_usage(disk).free
    more = f", at least {needed:,} are needed" if needed else ""
    return DiskFull(
        f"{path.name} could not be written in {path.parent}: {reason}. The disk {disk} has {free:,} bytes free{more}. "
        "Everything committed so far is kept.",
        "Free some space and run the same command again: it goes on from there.",
    )


def disk_of(path: Path) -> Path:
    """Where the disk that holds a path, or would, is mounted."""
    place = Path(os.path.realpath(path))
    while not place.exists() or not os.path.ismount(place):
        place = place.parent
    return place


def files_named(error: BaseException) -> list[Path]:
    """The files that an error of the system names, the one that was written last: copying names both."""
    names = (getattr(error, "filename", None), getattr(error, "filename2", None))
    return [Path(os.fsdecode(name)) for name in names if isinstance(name, str | bytes)]


@contextmanager
def needing_space_somewhere(usual: Callable[[], Path]) -> Iterator[None]:
    """A whole command: what it writes without `needing_space`, or a library for it, is named as far as the error does.

    usual: where a command writes mostly, whose disk is named where the error names no file. Raises DiskFull.
    """
    try:
        yield
    except DiskFull:
        raise
    except Exception as error:
        if not (reason := want_of_space(error)):
            raise
        if named := files_named(error):
            raise disk_full(named[-1], reason) from error
        detail = " ".join(str(error).split())[:300]
        disk = disk_of(usual())
        raise DiskFull(
            f"Nothing more can be written, {reason}: {detail}. The disk {disk}, where the audits are, has "
            f"{shutil.disk_usage(disk).free:,} bytes free. Everything committed so far is kept.",
            "Free some space and run the same command again: it goes on from there.",
        ) from error


@contextmanager
def needing_space(path: Path, needed: int = 0) -> Iterator[None]:
    """A step that writes a file: an error of it that is for want of space becomes DiskFull."""
    try:
        yield
    except DiskFull:
        raise
    except Exception as error:
        if reason := want_of_space(error):
            raise disk_full(path, reason, needed) from error
        raise
