"""What evaluations have measured, for the pages: by subject and slice, and by the methods of a grid."""

from __future__ import annotations

from ..experiments.grids import TrainedGrid, grid_names, read_grid
from ..store.metrics import Metric, read_metrics, unit_of
from .view.reader import Reader

__all__ = ["Metric", "Table", "TrainedGrid", "grid", "grids", "measured", "unit_of"]

Table = dict[str, dict[str, Metric]]
"""Subject -> slice -> what was measured."""


def measured(reader: Reader, name: str) -> Table:
    """Every row of one metric."""
    table: Table = {}
    for row in read_metrics(reader.hub, name):
        table.setdefault(row.subject, {})[row.slice] = row
    return table


def grid(reader: Reader, name: str) -> TrainedGrid | None:
    """The networks of a grid by method and seed, with what evaluating them found; None if there is no such grid."""
    return read_grid(name, reader.hub.runs, read_metrics(reader.hub), audit=reader.hub.audit.name)


def grids(reader: Reader) -> list[str]:
    """Names of the grids that have a network here."""
    return grid_names(reader.hub.runs)
