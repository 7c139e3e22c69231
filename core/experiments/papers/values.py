"""The numbers of a plot, for Markdown and for a file beside the figure."""

from __future__ import annotations

from ...wording import MISSING, written
from ..text_table import TextTable
from .section import Plot


def values_of(plot: Plot) -> TextTable:
    """A plot as a table: a row for each place across, a column for each series."""
    places = sorted({at for one in plot.series for at, _ in one.points})
    cells = [{at: written(estimate) for at, estimate in one.points} for one in plot.series]
    rows = tuple((_place(plot, at), *(of.get(at, MISSING) for of in cells)) for at in places)
    columns = (plot.across, *(one.name or plot.up for one in plot.series))
    return TextTable(plot.title, columns, rows, (plot.says,) if plot.says else (), plot.sources)


def _place(plot: Plot, at: float) -> str:
    return plot.names[int(at)] if plot.names else f"{at:g}"
