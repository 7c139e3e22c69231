"""What evaluations have measured, for the pages: by subject and slice, and by the methods of a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..experiments.grids import TrainedGrid, grid_names, read_grid
from ..metrics.seeds import mean_over_seeds, paired_difference
from ..store.metrics import BY_CHANCE, Metric, read_metrics, unit_of
from ..wording import three, with_interval
from .view.reader import Reader

__all__ = ["BY_CHANCE", "Metric", "Table", "TrainedGrid", "grid", "grids", "leading", "measured", "unit_of"]

Table = dict[str, dict[str, Metric]]
"""Subject -> slice -> what was measured."""


def measured(reader: Reader, name: str) -> Table:
    """Every row of one metric."""
    table: Table = {}
    for row in read_metrics(reader.hub, name):
        table.setdefault(row.subject, {})[row.slice] = row
    return table


def asked_for(reader: Reader, row: Metric, name: str) -> str:
    """A parameter of the run that published a row, as text: the address of a score it was measured by. "" for none."""
    run = reader.run(row.run)
    return str(run.parameters.get(name, "")) if run else ""


def grid(reader: Reader, name: str) -> TrainedGrid | None:
    """The networks of a grid by method and seed, with what evaluating them found; None if there is no such grid."""
    return read_grid(name, reader.hub.runs, read_metrics(reader.hub), audit=reader.hub.audit.name)


def grids(reader: Reader) -> list[str]:
    """Names of the grids that have a network here."""
    return grid_names(reader.hub.runs)


def leading(labels: Sequence[str], figures: Sequence[Mapping[int, float]], higher_is_better: bool) -> str:
    """Which way of training has the leading mean, and by how much it is ahead of the next, paired by seed.

    figures: of each, seed -> figure. How many it was picked from is said, because the leader of many leads by luck too.
    """
    means = {label: mean_over_seeds(list(found.values())).value for label, found in zip(labels, figures, strict=True)}
    of = dict(zip(labels, figures, strict=True))
    first, *others = sorted((one for one in labels if of[one]), key=lambda one: means[one], reverse=higher_is_better)
    said = f"{first}: mean {three(means[first])}"
    if not others:
        return said
    ahead = paired_difference(of[first], of[others[0]])
    said = f"{'highest' if higher_is_better else 'lowest'} mean of {len(others) + 1}: {first}, {three(means[first])}"
    if not ahead.has_interval:
        why = "as each shared seed differs by the same" if ahead.n > 1 else "without shared seeds"
        return f"{said}; {others[0]} {three(means[others[0]])}, not told apart {why}"
    apart = ahead.low > 0 or ahead.high < 0
    shown = f"{said}; less {others[0]}, paired by seed: {with_interval(ahead)}"
    return shown if apart else f"{shown}, not told apart"
