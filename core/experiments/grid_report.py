"""A grid's tables together, and how many comparisons they hold: the more there are, the more differ by chance alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..store.metrics import Metric
from ..types import Run
from .comparing import Comparison
from .grid_table import Table
from .grid_tables import tables
from .grids import TrainedGrid, read_grid


@dataclass(frozen=True)
class GridReport:
    """What a grid shows on this data."""

    grid: TrainedGrid
    tables: tuple[Table, ...]

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every comparison made, once; a method may stand in several tables."""
        found = {}
        for table in self.tables:
            for one in (*(one for row in table.rows for one in row.comparisons), *table.against_controls):
                found[(one.ours.label, one.theirs.label, one.figure.key)] = one
        return tuple(found.values())

    @property
    def seeds(self) -> int:
        """The most seeds that any method has."""
        return max(len(method.runs) for method in self.grid.methods)

    @property
    def chance(self) -> str:
        """How many of the comparisons differ, and how many would by chance alone."""
        judged = [one for one in self.comparisons if one.verdict != "unknown"]
        if not judged:
            return "No comparison has two seeds on both sides, so none of them can show a difference."
        differ = sum(one.verdict in ("higher", "lower") for one in judged)
        return (
            f"{len(judged)} comparisons were made, and {differ} of the 95 % intervals leave 0 out. If no method "
            f"differed from any other, about {len(judged) / 20:.0f} would. They are not independent and not corrected "
            "for their number: take one alone as a hint."
        )


def grid_report(name: str, runs: Sequence[Run], rows: Iterable[Metric], *, audit: str = "") -> GridReport | None:
    """The report of a grid; None if no network belongs to it. Arguments as for `read_grid`."""
    grid = read_grid(name, runs, rows, audit=audit)
    return GridReport(grid, tuple(tables(grid))) if grid else None
