"""How well scores find wrong labels, where somebody knows which are wrong: curves and figures that `evaluate` kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.intervals import Interval
from ...store import tallies
from ...store.metrics import PRECISION_RECALL, ROC
from ...types import Floats
from ..view.choices import ScoreChoice
from ..view.reader import Reader


@dataclass(frozen=True, eq=False)
class DetectionCurve:
    """A curve at some places. x, y, low, high: (g,), with 95 % intervals of y at each place."""

    x: Floats
    y: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Finder:
    """One score as a finder of wrong labels among n images. Curves are None where evaluating kept none."""

    score: ScoreChoice
    auroc: Interval
    average_precision: Interval
    n: int
    roc: DetectionCurve | None
    precision_recall: DetectionCurve | None


def finders(reader: Reader, choices: Sequence[ScoreChoice]) -> list[Finder]:
    """Scores that were judged against true labels, the best average precision first; [] where nothing is known."""
    auroc, average = (_figures(reader, name) for name in ("label_auroc", "label_average_precision"))
    roc, precision = (_curves(reader, name) for name in (ROC, PRECISION_RECALL))
    found = [
        Finder(
            one, auroc[one.address][0], average[one.address][0], auroc[one.address][1], roc.get(one.address),
            precision.get(one.address),
        )
        for one in choices
        if one.address in auroc and one.address in average
    ]  # fmt: skip
    return sorted(found, key=lambda finder: -finder.average_precision.value)


def prevalence(reader: Reader) -> float | None:
    """Share of the judged labels that are wrong: the precision of a random order."""
    rows = tallies.metric_rows(reader.hub, "label_noise")
    return rows[-1]["value"] if rows else None


def told_apart(found: Sequence[Finder]) -> str:
    """What the best two say together: whether their average precisions can be told apart."""
    if not found:
        return ""
    best = found[0]
    near = [one.score.name for one in found[1:] if one.average_precision.high >= best.average_precision.low]
    if not near:
        return f"{best.score.name} finds most, and no other comes near it"
    return f"{best.score.name} finds most; {len(near)} other{'s' * (len(near) > 1)} within its interval's reach"


def _figures(reader: Reader, name: str) -> dict[str, tuple[Interval, int]]:
    return {
        row["subject"]: (Interval(row["value"], row["low"], row["high"]), row["n"] or 0)
        for row in tallies.metric_rows(reader.hub, name)
        if row["slice"] == "all"
    }


def _curves(reader: Reader, name: str) -> dict[str, DetectionCurve]:
    # The newest row of a place counts; rows come oldest first.
    places: dict[str, dict[float, tuple[float, float, float]]] = {}
    for row in tallies.metric_rows(reader.hub, name):
        x = float(row["slice"].rsplit(" ", 1)[1])
        places.setdefault(row["subject"], {})[x] = (row["value"], row["low"], row["high"])
    return {
        subject: DetectionCurve(np.array(sorted(points)), *np.array([points[x] for x in sorted(points)], float).T)
        for subject, points in places.items()
    }
