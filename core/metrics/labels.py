"""How well a score finds what is true of images: a wrong label, an error, another distribution.

score: (n,) float, the positives expected to be high; rows with NaN take no part. positive: (n,) bool.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..types import Bools, Estimate, Floats, Ints
from .auroc import auroc_interval
from .intervals import bootstrap_counts, share_estimate
from .ranking import Counts, average_precision_of, precision_of, rank, share

FALSE_POSITIVE_RATES = np.array(
    [0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, *np.linspace(0.2, 1, 9)]
)
RECALLS = np.array([0.01, 0.02, *np.linspace(0.05, 1, 20)])
"""Places at which curves are kept and drawn."""
FEWEST_COMPARED = 20
"""Rows of either kind below which a difference of average precisions has no interval: it would hold it too seldom."""


def average_precision(score: Floats, positive: Bools) -> float:
    """Precision at each distinct score, weighted by the recall gained there. 0..1; NaN without a positive."""
    return float(average_precision_of(*_cumulative(score, positive))[0]) if _scored(score) else np.nan


def average_precision_difference(ours: Floats, theirs: Floats, positive: Bools, level: float = 0.95) -> Estimate:
    """Average precision of one score less that of another on the same rows, paired, with its interval.

    ours, theirs: (n,) float, rows without both take no part. positive: (n,) bool. NaN without a positive; NaN ends with
    fewer than FEWEST_COMPARED rows of either kind, or where the two never differ.
    The infinitesimal jackknife (Jaeckel 1972; Efron 1982, ch. 6): what a bootstrap's spread is where rows are many,
    from one sort of each score. Student's t by the rows of the rarer kind, which are what most of it comes from.
    """
    both = ~(np.isnan(ours) | np.isnan(theirs))
    kind, rows = np.asarray(positive, bool)[both], int(np.count_nonzero(both))
    first, second = (score[both] for score in (ours, theirs))
    value = average_precision(first, kind) - average_precision(second, kind)
    rarer = int(min(np.count_nonzero(kind), np.count_nonzero(~kind)))
    if rarer < FEWEST_COMPARED:
        return Estimate(value, n=rows)
    gain = _average_precision_by_row(first, kind) - _average_precision_by_row(second, kind)
    variance = float(gain @ gain) * rarer / (rarer - 1)
    if variance == 0:
        return Estimate(value, n=rows)
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    half = float(stdtrit(rarer - 1, 0.5 + level / 2)) * np.sqrt(variance)
    return Estimate(value, max(float(value - half), -1.0), min(float(value + half), 1.0), rows)


def _average_precision_by_row(score: Floats, positive: Bools) -> Floats:
    """(n,) by how much average precision rises for each further time that a row counts. score: without NaN."""
    ranking = rank(score, positive)
    found, others = (counts[0] for counts in ranking.cumulative(np.ones((1, len(ranking.order)))))
    seen, precision = found + others, found / (found + others)
    gained = np.diff(found, prepend=0.0)
    # A row counts at its own threshold and at every lower one.
    below, weighed = (np.cumsum(terms[::-1])[::-1] for terms in (gained / seen, gained * precision / seen))
    run = np.repeat(np.arange(len(seen)), np.diff(ranking.ends, prepend=-1))
    average = gained @ precision / found[-1]
    by_row = np.empty(len(score))
    by_row[ranking.order] = ranking.positive * (precision[run] - average + below[run]) - weighed[run]
    return np.asarray(by_row / found[-1])


def roc_curve(score: Floats, positive: Bools) -> tuple[Floats, Floats, Floats]:
    """(false positive rate, true positive rate, threshold): (g + 1,) each, from 0, 0 to 1, 1, at each distinct score.

    A rate is NaN where there is no row of its kind.
    """
    ranking = rank(score, positive)
    positives, negatives = ranking.cumulative(np.ones((1, len(ranking.order))))
    false, true = (share(found[0], found[0, -1:].sum()) for found in (negatives, positives))
    return np.append(0.0, false), np.append(0.0, true), np.append(np.inf, ranking.thresholds)


def precision_recall_curve(score: Floats, positive: Bools) -> tuple[Floats, Floats, Floats]:
    """(recall, precision, threshold): (g,) each, a point per distinct score, from the highest down."""
    ranking = rank(score, positive)
    positives, negatives = ranking.cumulative(np.ones((1, len(ranking.order))))
    found, seen = positives[0], positives[0] + negatives[0]
    return share(found, found[-1:].sum()), found / seen, ranking.thresholds


def true_positive_rate_at(false: Floats, true: Floats, rates: Floats) -> Floats:
    """(r,) heights of a ROC curve at false positive rates; between two thresholds along the line that joins them.

    false, true: (g,) rising, from 0 to 1. Where the curve rises straight up, the top is reached at no further cost.
    """
    at = np.searchsorted(false, rates, side="right") - 1
    return np.where(false[at] == rates, true[at], np.interp(rates, false, true))


def precision_at_recall(recall: Floats, precision: Floats, wanted: Floats) -> Floats:
    """(r,) precision at the first threshold that finds each wanted share of the positives. recall: (g,) rising."""
    return np.asarray(precision[first_with_recall(recall, wanted)])


def first_with_recall(recall: Floats, wanted: Floats) -> Ints:
    """(r,) the first of the thresholds, (g,), that finds each wanted share."""
    # 19 of 20 is 95 %, whatever its last binary digit.
    return np.minimum(np.searchsorted(recall, wanted - 1e-12), len(recall) - 1)


@dataclass(frozen=True)
class Found:
    """How well one score finds the positives, with intervals.

    n: rows with a score. prevalence: share of positives among them, the average precision of a random order.
    precision: k -> share of positives among the k highest.
    """

    n: int
    prevalence: float
    auroc: Estimate
    average_precision: Estimate
    precision: dict[int, Estimate]


def found(
    score: Floats, positive: Bools, *, ks: Sequence[int] = (100,), n: int = 1000, seed: int = 0, level: float = 0.95
) -> Found:
    """AUROC, average precision and precision at each k; but for AUROC with percentile intervals over n resamples.

    The same seed draws the same rows for every score that covers the same images. A k above their number is left out.
    AUROC has the interval of `auroc_interval`; where the order is perfect, average precision has none.
    """
    ranking = rank(score, positive)
    rows = len(ranking.order)
    unknown = Estimate(np.nan)
    if rows == 0:
        return Found(0, np.nan, unknown, unknown, {})
    kept = [k for k in ks if k <= rows]
    # Resample counts belong to rows in the data's order, not in this score's, so that scores stay paired.

    condensed = ranking.condensed()

    def figures(counts: Counts) -> Floats:
        both = condensed.cumulative(counts)
        return np.stack([average_precision_of(*both), *(precision_of(*both, k) for k in kept)])

    average, *rest = bootstrap_counts(figures, rows, n=n, seed=seed, level=level)
    auroc = auroc_interval(score, positive, level)
    return Found(rows, float(ranking.positive.mean()), auroc, average, dict(zip(kept, rest, strict=True)))


def found_first(score: Floats, positive: Bools, share: float, level: float = 0.95) -> Estimate:
    """Share of the positives among the first rows of the order, with its Wilson interval over the positives.

    share: 0..1, of the rows with a score, how many are looked at. A run of equal scores that it cuts counts by its
    mean, so that no luck of sorting enters. NaN without a positive, or where so few rows are looked at that it is none.
    """
    both = _cumulative(score, positive)
    positives = int(both[0][:, -1:].sum())
    k = round(share * (positives + float(both[1][:, -1:].sum())))
    seen = k * float(precision_of(*both, k)[0]) if k and positives else 0.0
    return share_estimate(seen, positives, level) if k else Estimate(np.nan, n=positives)


def _scored(score: Floats) -> bool:
    return bool((~np.isnan(score)).any())


def _cumulative(score: Floats, positive: Bools) -> tuple[Counts, Counts]:
    """(1, g) each: positives and negatives at or above each distinct score."""
    ranking = rank(score, positive)
    return ranking.cumulative(np.ones((1, len(ranking.order))))
