"""Folders for a while that do not stay, also where their process is killed and removes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..processes.identity import certainly_gone, own_mark
from .leftovers import remove_where_allowed

OWNER = "owner"


@contextmanager
def temporary_folder(prefix: str, above: Path | None = None) -> Iterator[Path]:
    """A folder of this process, which is removed after the block; so are those of that prefix whose process is gone.

    above: where it lies, if not in the system's folder for such. Raises OSError where none can be made.
    """
    above = above or Path(tempfile.gettempdir())
    for other in above.glob(f"{prefix}*"):
        with suppress(OSError):  # another user's, or removed by another command
            if certainly_gone((other / OWNER).read_text(encoding="utf-8", errors="replace")):
                remove_where_allowed(other)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=above))
    (made / OWNER).write_text(own_mark(), encoding="utf-8")
    try:
        yield made
    finally:
        with suppress(OSError):  # something still writes there: the next that begins removes it
            remove_where_allowed(made)
