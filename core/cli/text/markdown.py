"""Text that Markdown shows as it is, and the file it goes into."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import BadInput
from ...files.whole import whole_file
from ...progress import Reporter

if TYPE_CHECKING:
    from ...experiments.text_table import TextTable  # NumPy, which no command's help waits for


def table_row(texts: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(plain(text) for text in texts)} |"


def table_rule(columns: int) -> str:
    """The line below a table's head: the first column to the left, numbers to the right."""
    return f"| {' | '.join(['---', *['---:'] * (columns - 1)])} |"


def table_lines(table: TextTable) -> list[str]:
    """A table that is written out, and below it its notes."""
    below = [*(f"- {plain(note)}" for note in table.below), ""] if table.below else []
    return [table_row(table.columns), table_rule(len(table.columns)), *map(table_row, table.rows), "", *below]


def plain(text: str) -> str:
    """Text without Markdown in it: methods and classes are named by people."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def refuse_taken(path: Path, begins: str) -> None:
    """Raise BadInput where no file can be written, or one is there that does not begin so: it is none of ours."""
    from ...store.paths import path_to_write  # the store's room, which no command's help waits for

    if path_to_write(path, "--markdown").exists() and not path.read_bytes().startswith(begins.encode()):
        raise BadInput(f"{path} exists already, and is none of these.", "Name another --markdown, or remove it first.")


def write_markdown(document: str, path: Path, reporter: Reporter) -> None:
    """Write the file of a command's --markdown and say so. Raises BadInput where it cannot be written, and DiskFull."""
    text = document.encode()
    try:
        with whole_file(path, durable=True, needed=len(text)) as part:
            part.write_bytes(text)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.", "Name another --markdown.") from error
    reporter.say(f"written: {path}")
