"""Folders for a while that do not stay, also where their process is killed and removes nothing.

They lie where anybody may put things. So of what is there already only folders of this user are looked into, no link is
followed, and what says whose a folder is has to be a regular file: a pipe of that name would be waited for without end.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..processes.identity import certainly_gone, own_mark
from .leftovers import remove_where_allowed

PREFIX = "hardlook-"
"""With which the name of each such folder begins; what it is for follows."""
OWNER = "owner"
_LONGEST_MARK = 200  # bytes


@contextmanager
def temporary_folder(prefix: str, above: Path | None = None) -> Iterator[Path]:
    """A folder of this process, which is removed after the block; so are Hardlook's whose process has certainly ended.

    prefix: begins with PREFIX, and says what the folder is for. above: where it lies, if not in the system's folder for
    such. Raises OSError where none can be made.
    """
    above = above or Path(tempfile.gettempdir())
    for other in above.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another user's, no folder, or removed by another command
            if certainly_gone(_mark_in(other)):
                remove_where_allowed(other)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=above))
    (made / OWNER).write_text(own_mark(), encoding="utf-8")
    try:
        yield made
    finally:
        with suppress(OSError):  # something still writes there: the next that begins removes it
            remove_where_allowed(made)


def _mark_in(folder: Path) -> str:
    """Whose a folder is, "" where nothing of ours says so. Raises OSError where it is no folder, or says nothing."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(opened).st_uid != os.geteuid():
            return ""
        owner = os.open(OWNER, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=opened)
        try:
            told = os.fstat(owner)
            ours = stat.S_ISREG(told.st_mode) and told.st_uid == os.geteuid()
            return os.read(owner, _LONGEST_MARK).decode("utf-8", "replace") if ours else ""
        finally:
            os.close(owner)
    finally:
        os.close(opened)
