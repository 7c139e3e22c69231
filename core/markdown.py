"""Text that Markdown shows as it is."""

from __future__ import annotations

from collections.abc import Iterable


def table_row(texts: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(plain(text) for text in texts)} |"


def table_rule(columns: int) -> str:
    """The line below a table's head: the first column to the left, numbers to the right."""
    return f"| {' | '.join(['---', *['---:'] * (columns - 1)])} |"


def plain(text: str) -> str:
    """Text without Markdown in it: methods and classes are named by people."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())
