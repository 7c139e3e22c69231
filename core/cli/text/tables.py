"""Tables on a terminal, for the commands that list things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from ...experiments.text_table import TextTable  # NumPy, which no command's help waits for

WIDE = 220  # characters


def make_table(title: str, *columns: str) -> Table:
    """An empty table without rules, whose long texts fold."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def show(table: Table) -> None:
    """Print a table, as wide as the terminal; wide enough for everything where there is none."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=WIDE)  # a file or a pipe has no width to fold to
    console.print(table)


def show_text(table: TextTable, *, below: str = "") -> None:
    """Print a table that is written out, and what stands below it, each line after `below`."""
    made = make_table(table.title, *table.columns)
    for row in table.rows:
        made.add_row(*row)
    show(made)
    for line in table.below:
        print(f"{below}{line}")
