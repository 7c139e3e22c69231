"""Rows of the `metric` table: how an evaluation's figures are kept, whichever evaluation makes them.

    name      what was measured         subject   of what: a network's run id, a score's address, "items", a comparison
    slice     on which part of the data value     the figure, between low and high with 95 %; NaN where there is none
    n         images (or seeds) it is from        note      one phrase that a reader of the figure needs

Any run of kind "evaluate" may hold them, and whoever reads takes all such runs together: the newest row of a
(name, subject, slice) counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Any

from ..metrics.intervals import Interval, wilson
from ..types import Bools

WHOLE = "all"
LEVEL = 0.95


@dataclass(frozen=True)
class Metric:
    """One row. low, high: 95 % interval, NaN where there is none."""

    name: str
    subject: str
    slice: str
    value: float
    low: float
    high: float
    n: int
    note: str = ""


def measured(name: str, subject: str, part: str, figure: Interval, n: int, note: str = "") -> Metric:
    """A row of a figure that has its interval."""
    return Metric(name, subject, part, figure.value, figure.low, figure.high, n, note)


def share(name: str, subject: str, part: str, hits: Bools, note: str = "") -> Metric:
    """A share of images with its Wilson interval. hits: (n,) bool, n > 0."""
    low, high = wilson(int(hits.sum()), len(hits), LEVEL)
    return Metric(name, subject, part, float(hits.mean()), float(low), float(high), len(hits), note)


def metric_table(rows: Iterable[Metric]) -> dict[str, dict[str, list[Any]]]:
    """The rows as a writer commits them."""
    names = [field.name for field in fields(Metric)]
    columns = [list(column) for column in zip(*map(astuple, rows), strict=True)] or [[] for _ in names]
    return {"metric": dict(zip(names, columns, strict=True))}
