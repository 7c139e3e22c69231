"""A grid's tables as text: for a terminal, and as Markdown."""

from __future__ import annotations

from ...experiments.grid_report import GridReport
from ...experiments.grid_text import cells, columns, heading, sentences
from ...store.provenance import BY_SEED
from ...wording import provenance_in_words
from .markdown import plain, table_row, table_rule
from .tables import make_table, show

MEANS = provenance_in_words({"": BY_SEED})
READING = (
    "Means over seeds, estimated, ± half the width of Student's 95 % interval, in per cent but for Brier and NLL; "
    "after them, in brackets, the difference from CE, paired by seed. Every figure is of images that the models were "
    "not trained on. Paper A is Cui et al., NeurIPS 2023."
)


def show_report(report: GridReport) -> None:
    """Print every table, and below each what its differences say."""
    for table in report.tables:
        if table.rows:
            made = make_table(heading(table), *columns(table))
            for row in table.rows:
                made.add_row(*cells(row, table.figures))
            show(made)
            print(f"  {MEANS}")
        else:
            print(heading(table))
        for line in (*sentences(table), *([f"Missing: {table.missing}"] if table.missing else [])):
            print(f"  {line}")
        print()
    print(READING)
    print(report.chance)


GRID = "# Grid "
"""How the file of `evaluate --grid` begins."""


def as_markdown(report: GridReport, audit: str) -> str:
    """The same as a Markdown document."""
    lines = [f"{GRID}{plain(report.grid.name)} on {plain(audit)}", "", READING, "", report.chance, ""]
    for table in report.tables:
        lines += [f"## {plain(heading(table))}", ""]
        if table.rows:
            titles = columns(table)
            lines += [table_row(titles), table_rule(len(titles))]
            lines += [table_row(cells(row, table.figures)) for row in table.rows]
            lines += ["", f"*{MEANS}*", ""]
        lines += [f"- {plain(line)}" for line in sentences(table)]
        lines += [""] if table.rows else []
        lines += [f"Missing: {table.missing}", ""] if table.missing else []
    return "\n".join(lines)
