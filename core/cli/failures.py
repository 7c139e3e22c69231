"""What the system refuses, in words: one place for every command, so that none needs to foresee it."""

from __future__ import annotations

import errno
import os

from ..errors import HardlookError

ANOTHER_FOLDER = "Name a folder that can be: HARDLOOK_AUDITS=~/audits hardlook …"
_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ELOOP, errno.ENOENT)
"""Errors that another place does not have."""

_NO_MEMORY = (
    "cannot allocate memory", "can't allocate memory", "can't start new thread", "not enough memory", "out of memory",
    "failed to map segment", "resource temporarily unavailable", "failed to allocate",
)  # fmt: skip


def refused_by_system(error: BaseException) -> HardlookError | None:
    """An error of the system or of a library that it stopped, as one with a next step; None for any other.

    Errors that have no such reason are ours, and keep their traceback.
    """
    text = f"{error}".lower()
    if isinstance(error, MemoryError) or any(part in text for part in _NO_MEMORY):
        return HardlookError(
            "Memory ran out; what was committed is kept.",
            "Free some, raise its limit (ulimit -v), or give fewer images at once where the command has --batch-size.",
        )
    if "too many open files" in text:
        return HardlookError("This process may not open more files.", "Raise the limit: ulimit -n 1024")
    if "home directory" in text and isinstance(error, RuntimeError):
        return HardlookError("This user has no home folder to keep weights in.", "Set HOME to a folder.")
    return _of_file(error) if isinstance(error, OSError) else None


def _of_file(error: OSError) -> HardlookError:
    """A file or folder that the system does not let us use."""
    number, why = error.errno or 0, error.strerror or str(error)
    if number == errno.ENOENT and "temporary" in why.lower() + str(error).lower():
        return HardlookError("There is no folder for temporary files that can be written.", "Set TMPDIR to one.")
    name = f"{error.filename}" if error.filename is not None else ""
    advice = _elsewhere(name) if number in _PLACE else "See that it is there and may be read and written."
    return HardlookError(f"{name or 'A file'} cannot be used: {why}.", advice)


def _elsewhere(name: str) -> str:
    """What to do where a folder may not be written: which variable names another one."""
    temporary = os.environ.get("TMPDIR") or os.path.join(os.sep, "tmp")
    return "Set TMPDIR to a folder that can be written." if name.startswith(temporary) else ANOTHER_FOLDER
