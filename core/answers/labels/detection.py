"""How well scores find wrong labels, where somebody knows which are wrong: curves and figures that `evaluate` kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...store.metrics import (
    ITEMS,
    LABEL_AUROC,
    LABEL_AVERAGE_PRECISION,
    LABEL_NOISE,
    PRECISION_RECALL,
    ROC,
    by_subject,
    read_metrics,
)
from ...types import Estimate, Floats
from ...wording import with_interval
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
    """One score as a finder of wrong labels. Curves are None where evaluating kept none."""

    score: ScoreChoice
    auroc: Estimate
    average_precision: Estimate
    roc: DetectionCurve | None
    precision_recall: DetectionCurve | None

    @property
    def n(self) -> int:
        """Images among which it was measured."""
        return self.auroc.n


def finders(reader: Reader, choices: Sequence[ScoreChoice]) -> list[Finder]:
    """Scores that were evaluated against true labels, highest average precision first; [] where nothing is known."""
    auroc, average = (by_subject(read_metrics(reader.hub, name)) for name in (LABEL_AUROC, LABEL_AVERAGE_PRECISION))
    roc, precision = (_curves(reader, name) for name in (ROC, PRECISION_RECALL))
    finders = [
        Finder(one, auroc[one.address], average[one.address], roc.get(one.address), precision.get(one.address))
        for one in choices
        if one.address in auroc and one.address in average
    ]
    return sorted(finders, key=lambda finder: -finder.average_precision.value)


def prevalence(reader: Reader) -> float | None:
    """Share of the evaluated labels that are wrong: the precision of a random order."""
    noise = by_subject(read_metrics(reader.hub, LABEL_NOISE)).get(ITEMS)
    return noise.value if noise else None


def highest(found: Sequence[Finder]) -> str:
    """Which score has the highest average precision, of how many, and whose intervals reach it.

    It does not say that one is better: that would take their difference on the same images, which was not measured.
    """
    if not found:
        return ""
    first = found[0]
    if len(found) == 1:
        return f"{first.score.name}: average precision {with_interval(first.average_precision)}"
    said = f"highest average precision: {first.score.name}, of {len(found)} scores"
    if not first.average_precision.has_interval:
        return said
    near = [one for one in found[1:] if not one.average_precision.high < first.average_precision.low]
    return f"{said}; the interval of {len(near) or 'none'} of the others reaches its own"


def _curves(reader: Reader, name: str) -> dict[str, DetectionCurve]:
    places: dict[str, dict[float, tuple[float, float, float]]] = {}
    for row in read_metrics(reader.hub, name):
        places.setdefault(row.subject, {})[float(row.slice.rsplit(" ", 1)[1])] = row.estimate.numbers
    return {
        subject: DetectionCurve(np.array(sorted(points)), *np.array([points[x] for x in sorted(points)], float).T)
        for subject, points in places.items()
    }
