"""How a step tells a person, or a log, what it does and how far it is: the protocol, and the reporter that is quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

Advance = Callable[[int, int], None]
"""Called with (done, total) as often as one likes."""


def part_of(whole: Advance, before: int, total: int) -> Advance:
    """Report the progress of a part as progress of the whole. before: done ahead of it; total: of the whole."""
    return lambda done, _: whole(before + done, total)


def warning(text: str) -> None:
    """A line that should not be missed, to standard error."""
    print(f"warning: {text}", file=sys.stderr, flush=True)


class Reporter(Protocol):
    """Where a pipeline step says what it does."""

    def say(self, text: str) -> None:
        """One line for a person."""

    def warn(self, text: str) -> None:
        """One line that should not be missed; shown even when quiet."""

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        """A progress bar for the length of the block."""
        yield lambda done, total: None


class Quiet:
    """Says only warnings: for scripts and tests."""

    def say(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """To standard error."""
        warning(text)

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        """No bar."""
        yield lambda done, total: None
