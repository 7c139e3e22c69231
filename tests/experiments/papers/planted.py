"""Findings made of planted rows, for tests of what sections make of them."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

from core.experiments.papers.section import Findings
from core.store.metrics import WHOLE, Metric, unit_of
from core.types import Estimate, Run


def run(kind: str, name: str, number: int = 0, **parameters: object) -> Run:
    """A finished run; runs are made in the order of their numbers."""
    return Run(
        f"{kind}-{name}-{number:06d}", kind, name, {}, parameters, 0, "", 1.0, f"2026-01-01T{number:06d}", {}, ""
    )


def metric(
    name: str, subject: str, value: float, low: float, high: float, n: int = 1000, part: str = WHOLE, by: str = "",
    run: str = "",
) -> Metric:  # fmt: skip
    """A stored row with its interval. run: that published it."""
    return Metric(name, subject, part, Estimate(value, low, high, n, unit_of(name, part)), by=by, run=run)


def value(name: str, subject: str, value: float, n: int = 1000, part: str = WHOLE) -> Metric:
    """A stored row that has no interval."""
    return metric(name, subject, value, nan, nan, n, part)


def findings(rows: Iterable[Metric], *runs: Run, n_images: int = 5000) -> Findings:
    """What an audit of these runs and rows has published."""
    return Findings("planted", runs, list(rows), n_images)
