"""An audit that is made for what is about to be read into it: refused, it leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BadInput, Unreachable
from ..files import leftovers
from .audit import Audit, audits_folder, create_audit
from .thumbnails import any_there
from .unfinished import remove_leftovers_of


@contextmanager
def begun_audit(name: str, folder: Path | None = None) -> Iterator[Audit]:
    """The audit of that name, made if it is not there, and without what ended processes left in it. One made here is
    removed where the block refuses its input, or cannot reach it.

    Without images it would be the newest, which every command without --audit means. What was there before stays, and
    so do images, and thumbnails that another attempt would make again. Raises what `create_audit` raises.
    """
    before = set((folder or audits_folder()).glob("*"))
    audit = create_audit(name, folder)
    remove_leftovers_of(audit)
    try:
        yield audit
    except (BadInput, Unreachable):
        if audit.path not in before and not audit.manifest["items"] and not any_there(audit):
            leftovers.remove(audit.path)
        raise
