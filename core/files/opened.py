"""Connections to files that something is done with before they are handed on: none stays open where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar


class Closable(Protocol):
    """What can be closed, more than once."""

    def close(self) -> None:
        """Let go of the file."""


T = TypeVar("T", bound=Closable)


@contextmanager
def closed_on_error(opened: T) -> Iterator[T]:
    """Close what was just opened if the block fails; left whole, it stays open.

    To drop it is not enough: whoever keeps the error keeps its traceback, and with that all that was open then.
    """
    try:
        yield opened
    except BaseException:
        opened.close()
        raise
