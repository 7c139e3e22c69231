"""Runs: what was computed, from what, how long it took, and how to compute it again."""

from __future__ import annotations

from core.answers import wording
from core.answers.history import run_lines
from pages.components.frame import heading, lines
from pages.components.header import View, header
from pages.components.table import Cell, Column, Row, table

TABLE_HEIGHT = 520


def main() -> None:
    """Pick, load, draw."""
    view = header("Runs")
    runs(view)


def runs(view: View) -> None:
    """Finished runs with their parameters, and those in progress."""
    done = run_lines(view.reader)
    heading("Runs", "newest first")
    unfinished = view.audit.unfinished()
    if unfinished:
        lines([f"In progress, or stopped and able to go on: {', '.join(unfinished)}."], "caution")
    if not done:
        lines(["None yet."])
        return
    titles = ("kind", "name", "parameters", "took", "size", "finished", "id")
    columns = [Column(title, wide=title == "parameters") for title in titles]
    rows = [
        Row([
            Cell(one.kind), Cell(one.name), Cell(one.parameters, "quiet"), Cell(one.took, "", one.seconds),
            Cell(wording.size(one.bytes), "", one.bytes), Cell(one.finished), Cell(one.run_id, "quiet"),
        ])
        for one in done
    ]  # fmt: skip
    table(columns, rows, key="runs", height=TABLE_HEIGHT)


main()
