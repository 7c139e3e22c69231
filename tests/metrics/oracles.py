"""Figures of the field written down plainly, without intervals: what the quick ones are held against.

score, confidence: (n,) float, high for positives; rows with NaN take no part. positive, correct: (n,) bool.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from core.metrics.selective import risk_coverage_curve
from core.types import Bools, Floats, Ints


def auroc(score: Floats, positive: Bools) -> float:
    """Pairs of a positive and a negative in which the positive is above, a tie counting half. NaN without both."""
    above, below = score[positive & ~np.isnan(score)], score[~positive & ~np.isnan(score)]
    if not len(above) or not len(below):
        return float("nan")
    return float(np.mean([(one > below).mean() + (one == below).mean() / 2 for one in above]))


def precision_at(score: Floats, positive: Bools, k: int) -> float:
    """Share of positives among the k highest, those tied at the border by their mean. NaN with fewer than k rows."""
    if len(score) < k:
        return float("nan")
    border = np.sort(score)[-k]
    above, tied = score > border, score == border
    return float((positive[above].sum() + positive[tied].mean() * (k - above.sum())) / k)


def fpr_at_tpr(score: Floats, positive: Bools, tpr: float = 0.95) -> float:
    """Share of negatives at or above the highest threshold that keeps `tpr` of positives. NaN without both kinds."""
    if positive.all() or not positive.any():
        return float("nan")
    kept = (at for at in np.unique(score)[::-1] if (score[positive] >= at).mean() >= tpr - 1e-12)
    return float((score[~positive] >= next(kept)).mean())


def aurc(confidence: Floats, correct: Bools) -> float:
    """Area under the risk-coverage curve: mean risk over all coverages."""
    return float(risk_coverage_curve(confidence, correct)[1].mean())


def augrc(confidence: Floats, correct: Bools) -> float:
    """Area under the generalised risk-coverage curve as fd-shifts has it: trapezia between points of all thresholds.

    From accepting everything, the least confident leave one threshold at a time, until nothing is accepted.
    """
    n, points = len(confidence), []
    accepted = np.ones(n, bool)
    for threshold in np.unique(confidence):
        points.append((accepted.sum() / n, (~correct & accepted).sum() / n))
        accepted &= confidence != threshold
    points.append((0.0, 0.0))
    pairs = pairwise(points)
    return float(sum((c0 - c1) * (r0 + r1) / 2 for (c0, r0), (c1, r1) in pairs))


def brier_score(probabilities: Floats, labels: Ints) -> float:
    """Mean over rows of the squared distance to the one-hot label. probabilities: (n, K). Brier 1950, all classes."""
    return float(((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2).sum(axis=1).mean())


def overlap_at(a: Floats, b: Floats, ks: Ints) -> Floats:
    """Share of the k highest rows of a that are among b's k highest, for every k, over the rows that have both."""
    both = ~(np.isnan(a) | np.isnan(b))
    first, second = (np.argsort(-values[both], kind="stable") for values in (a, b))
    return np.array([len(np.intersect1d(first[:k], second[:k])) / k for k in ks])
