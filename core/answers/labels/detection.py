"""How well scores find wrong labels, where somebody knows which are wrong: curves and figures that `evaluate` kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.labels import average_precision_difference
from ...store import views
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
from ...store.wrong_labels import wrong_labels
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


def lead(reader: Reader, first: str, second: str) -> Estimate | None:
    """By how much the average precision of a score is ahead of another's on the same images, paired; None where no
    true label says which are wrong. first, second: addresses. 0.6 s for 1.28 million images."""
    truth = wrong_labels(reader.hub, reader.labels)
    if truth is None:
        return None
    ours, theirs = (views.score_hard_end_up(reader.hub, address)[truth.known] for address in (first, second))
    return average_precision_difference(ours, theirs, truth.wrong[truth.known])


def highest(found: Sequence[Finder], ahead: Estimate | None) -> str:
    """Which score has the highest average precision, of how many, and by how much it is ahead of the next.

    found: highest first. ahead: the paired difference of the first two, None where it was not measured.
    """
    if not found:
        return ""
    first, *others = found
    if not others:
        return f"{first.score.name}: average precision {with_interval(first.average_precision)}"
    said, next_one = f"highest average precision of {len(found)}: {first.score.name}", others[0].score.name
    if ahead is None:
        return f"{said}; not compared with {next_one}, the next"
    apart = ahead.has_interval and ahead.low > 0
    return f"{said}; ahead of {next_one} by {with_interval(ahead)}, paired{'' if apart else ': not told apart'}"


def _curves(reader: Reader, name: str) -> dict[str, DetectionCurve]:
    places: dict[str, dict[float, tuple[float, float, float]]] = {}
    for row in read_metrics(reader.hub, name):
        places.setdefault(row.subject, {})[float(row.slice.rsplit(" ", 1)[1])] = row.estimate.numbers
    return {
        subject: DetectionCurve(np.array(sorted(points)), *np.array([points[x] for x in sorted(points)], float).T)
        for subject, points in places.items()
    }
