"""A grid's tables written out: titles, cells, and the sentences below them."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from ..types import Estimate
from .comparing import Comparison, Figure, said
from .grid_table import GridRow, Table


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
    for ours, control in dict.fromkeys((one.ours.label, one.theirs.label) for one in table.against_controls):
        compared = [one for one in table.against_controls if (one.ours.label, one.theirs.label) == (ours, control)]
        yield f"{ours} – {control}: {said(compared)}"


def _figure(mean: Estimate, figure: Figure, compared: Comparison | None) -> str:
    if mean.n == 0:
        return "–"
    text = figure.number(mean.value) + _half(mean.high - mean.value, figure)
    if compared is None:
        return text
    difference = compared.difference
    return f"{text} ({figure.number(difference.value, signed=True)}{_half(difference.high - difference.value, figure)})"


def _half(width: float, figure: Figure) -> str:
    if not isfinite(width):
        return ""
    half, least = figure.number(width), "0.1" if figure.share else "0.001"
    return f" ± {half}" if float(half) else f" ± under {least}"  # "± 0.0" would be a figure without any error
