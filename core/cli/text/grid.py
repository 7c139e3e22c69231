"""A grid's tables as text: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from ...experiments.comparing import Comparison, Figure, said
from ...experiments.grid_report import GridReport
from ...experiments.grid_tables import GridRow, Table
from ...store.provenance import BY_SEED
from ...types import Estimate
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


def heading(table: Table) -> str:
    """What a table holds, and what it stands for."""
    return f"{table.title} ({table.stands_for} of paper A, as we read it)"


def columns(table: Table) -> list[str]:
    """Titles of the columns."""
    return ["method", "seeds", *(figure.label for figure in table.figures)]


def cells(row: GridRow, figures: tuple[Figure, ...]) -> list[str]:
    """One row's texts."""
    name = f"{row.method.label} ({row.detail})" if row.detail else row.method.label
    differences = {one.figure: one for one in row.comparisons}
    shown = (_figure(cell, figure, differences.get(figure)) for cell, figure in zip(row.cells, figures, strict=True))
    return [name, str(len(row.method.runs)), *shown]


def sentences(table: Table) -> Iterator[str]:
    """What each method's differences say, and what difficulty is worth beyond its controls."""
    for row in table.rows:
        if row.comparisons:
            yield f"{row.method.label} – {row.comparisons[0].theirs.label}: {said(row.comparisons)}"
    for control in dict.fromkeys(one.theirs.label for one in table.against_controls):
        compared = [one for one in table.against_controls if one.theirs.label == control]
        yield f"{compared[0].ours.label} – {control}: {said(compared)}"


def _figure(mean: Estimate, figure: Figure, compared: Comparison | None) -> str:
    if mean.n == 0:
        return "–"
    text = figure.number(mean.value) + _half(mean.high - mean.value, figure)
    if compared is None:
        return text
    difference = compared.difference
    return f"{text} ({figure.number(difference.value, signed=True)}{_half(difference.high - difference.value, figure)})"


def _half(width: float, figure: Figure) -> str:
    return f" ± {figure.number(width)}" if isfinite(width) else ""
