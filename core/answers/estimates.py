"""What evaluations have measured, by subject and slice: rows of the `metric` table, the newest of each."""

from __future__ import annotations

from dataclasses import dataclass

from ..experiments.grids import TrainedGrid, grid_names, read_grid
from ..store import tallies
from .view.reader import Reader

__all__ = ["Measured", "Table", "TrainedGrid", "grid", "grids", "measured"]


@dataclass(frozen=True)
class Measured:
    """A figure, the ends of its 95 % interval (None where there is none), what it is from, and a phrase about it."""

    value: float
    low: float | None
    high: float | None
    n: int
    note: str


Table = dict[str, dict[str, Measured]]
"""Subject -> slice -> what was measured."""


def measured(reader: Reader, name: str) -> Table:
    """Every row of one metric; a later measurement replaces an earlier one."""
    found: Table = {}
    for row in tallies.metric_rows(reader.hub, name):
        low, high = (None if end is None or end != end else float(end) for end in (row["low"], row["high"]))
        figure = Measured(float(row["value"]), low, high, int(row["n"] or 0), row["note"] or "")
        found.setdefault(row["subject"], {})[row["slice"]] = figure
    return found


def grid(reader: Reader, name: str) -> TrainedGrid | None:
    """The networks of a grid by method and seed, with what evaluating them found; None if there is no such grid."""
    return read_grid(name, reader.hub.runs, tallies.metric_rows(reader.hub), audit=reader.hub.audit.name)


def grids(reader: Reader) -> list[str]:
    """Names of the grids that have a network here."""
    return grid_names(reader.hub.runs)
