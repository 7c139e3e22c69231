"""Rows in order of score, and the figures that follow from counting positives down that order.

Ties are one threshold: rows of equal score are never put in an order that the score did not give them. Counts may be
resample counts, a row of them for each resample, so that a bootstrap costs one sort. Figures are functions of
(positives, negatives), (b, g) each: how many of either lie at or above each of g thresholds, in each of b resamples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

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

    def cumulative(self, counts: NDArray[Any]) -> tuple[Counts, Counts]:
        """Positives and negatives at or above each threshold, (b, g) each. counts: (b, n), how often a row counts."""
        if not len(self.order):
            return np.zeros((len(counts), 0)), np.zeros((len(counts), 0))
        rows = counts.T[self.order]
        seen = np.add.reduceat(rows, np.append(0, self.ends[:-1] + 1), axis=0, dtype=np.float64)
        found = np.zeros_like(seen)
        run = np.searchsorted(self.ends, np.flatnonzero(self.positive))
        if len(run):
            runs, first = np.unique(run, return_index=True)
            found[runs] = np.add.reduceat(rows[self.positive], first, axis=0, dtype=np.float64)
        found = np.cumsum(found, axis=0)
        return found.T, (np.cumsum(seen, axis=0) - found).T

    def condensed(self) -> Ranking:
        """The same ranking with neighbouring runs that hold no positive taken together.

        Every figure below stays the same, because none of them looks inside a stretch of negatives; where positives
        are few, it has a fraction of the thresholds.
        """
        holds = np.zeros(len(self.ends), bool)
        holds[np.searchsorted(self.ends, np.flatnonzero(self.positive))] = True
        kept = holds | np.append(holds[1:], True)[: len(holds)]
        return replace(self, ends=self.ends[kept], thresholds=self.thresholds[kept])


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


def fpr_of(positives: Counts, negatives: Counts, tpr: float = 0.95) -> Floats:
    """Share of negatives at or above the highest threshold that keeps `tpr` of positives; NaN without both. To (b,)."""
    # 19 of 20 is 95 %, whatever its last binary digit.
    first = (positives >= (tpr - 1e-12) * positives[:, -1:]).argmax(axis=1)
    rate = share(negatives[np.arange(len(first)), first], negatives[:, -1])
    return np.where(positives[:, -1] > 0, rate, np.nan)


def aurc_of(right: Counts, wrong: Counts) -> Floats:
    """Mean risk over all coverages, equal confidences by the mean over their orders. (b, g) each to (b,).

    Within a run of m rows at a risk of r, after k rows with E errors, the risks (E + j r) / (k + j) for j = 1..m sum to
    m r + (E - r k) (H(k + m) - H(k)), H the harmonic numbers.
    """
    seen = right + wrong
    size, errors = np.diff(seen, axis=1, prepend=0.0), np.diff(wrong, axis=1, prepend=0.0)
    before, wrong_before = seen - size, wrong - errors
    harmonic = np.append(0.0, np.cumsum(1 / np.arange(1, int(seen.max()) + 1)))
    between = harmonic[seen.astype(np.intp)] - harmonic[before.astype(np.intp)]
    risk = share(errors, size, empty=0.0)
    return np.asarray((errors + (wrong_before - risk * before) * between).sum(axis=1) / seen[:, -1])


def augrc_of(right: Counts, wrong: Counts) -> Floats:
    """Mean share of rows that are wrong and accepted, over all coverages. (b, g) each to (b,).

    Between two thresholds wrong rows are accepted at an even rate, as over all orders of equal confidences.
    """
    seen = right + wrong
    halfway = wrong - np.diff(wrong, axis=1, prepend=0.0) / 2  # the area of a trapezium
    return np.asarray((np.diff(seen, axis=1, prepend=0.0) * halfway).sum(axis=1) / seen[:, -1] ** 2)


def share(part: Counts, whole: Counts, empty: float = np.nan) -> Counts:
    """part / whole, `empty` where the whole is 0."""
    return np.asarray(np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, empty), where=whole > 0))
