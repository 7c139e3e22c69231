"""Rows in order of score, and the figures that follow from counting positives down that order.

Ties are one threshold: rows of equal score are never put in an order that the score did not give them. Counts may be
resample counts, a row of them for each resample, so that a bootstrap costs one sort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import Bools, Floats

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Rows from highest score to lowest, and where runs of equal scores end.

    order: (n,) numbers of the rows that have a score. positive: (n,) bool in that order.
    ends: (g,) the last position of each run. thresholds: (g,) the runs' scores.
    """

    order: NDArray[np.int64]
    positive: Bools
    ends: NDArray[np.int64]
    thresholds: Floats

    def cumulative(self, counts: Counts) -> tuple[Counts, Counts]:
        """Positives and negatives at or above each threshold, (b, g) each. counts: (b, n), how often a row counts."""
        ordered = counts[:, self.order]
        positives = np.cumsum(ordered * self.positive, axis=1)[:, self.ends]
        return positives, np.cumsum(ordered, axis=1)[:, self.ends] - positives


def rank(score: Floats, positive: Bools) -> Ranking:
    """Rows with a score, sorted once. score: (n,) float, rows with NaN take no part; positive: (n,) bool."""
    scored = ~np.isnan(score)
    score, positive = score[scored], np.asarray(positive, bool)[scored]
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], np.ones(min(len(score), 1), bool)))
    return Ranking(order, positive[order], ends, ordered[ends])


def auroc_of(positives: Counts, negatives: Counts) -> Floats:
    """Chance that a positive ranks above a negative, a tie counting half; NaN without both. (b, g) each to (b,)."""
    found = np.diff(positives, axis=1, prepend=0.0)
    tied = np.diff(negatives, axis=1, prepend=0.0)
    total = negatives[:, -1:]
    return share((found * (total - negatives + 0.5 * tied)).sum(axis=1), positives[:, -1] * total[:, 0])


def average_precision_of(positives: Counts, negatives: Counts) -> Floats:
    """Precision at each threshold, weighted by the recall gained there; NaN without a positive. (b, g) each to (b,)."""
    precision = share(positives, positives + negatives, empty=0.0)
    return share((np.diff(positives, axis=1, prepend=0.0) * precision).sum(axis=1), positives[:, -1])


def precision_of(positives: Counts, negatives: Counts, k: int) -> Floats:
    """Share of positives among the k highest, the run that k cuts counting by its mean; NaN with fewer than k rows.

    positives, negatives: (b, g). Returns (b,).
    """
    everything = positives + negatives
    run = (everything >= k).argmax(axis=1)
    rows = np.arange(len(run))

    def before(totals: Counts) -> Counts:
        return np.where(run > 0, totals[rows, run - 1], 0.0)

    found, passed = before(positives), before(everything)
    within = share(positives[rows, run] - found, everything[rows, run] - passed)
    return np.where(everything[:, -1] >= k, (found + (k - passed) * within) / k, np.nan)


def share(part: Counts, whole: Counts, empty: float = np.nan) -> Counts:
    """part / whole, `empty` where the whole is 0."""
    return np.asarray(np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, empty), where=whole > 0))
