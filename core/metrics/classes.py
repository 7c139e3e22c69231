"""Difficulty by class: are the classes that a score finds hard the ones whose images a network misses?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Bools, Estimate, Floats, Ints
from .intervals import bootstrap_counts

ENOUGH_CLASSES = 3


def false_negative_correlation(
    difficulty: Floats, labels: Ints, correct: Bools, *, n: int = 1000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Spearman correlation over classes of mean difficulty with the share of the class's images misclassified.

    difficulty: (n,) float, NaN takes no part. labels: (n,) in 0..K-1. correct: (n,) bool. Returns -1..1; NaN with fewer
    than three classes or where all classes are equal. The interval is of these classes with other images: it says
    nothing about other classes. Agarwal, D'souza & Hooker 2022, figure 8.
    """
    scored = ~np.isnan(difficulty)
    order = np.flatnonzero(scored)[np.argsort(labels[scored], kind="stable")]
    present, starts = np.unique(labels[order], return_index=True)
    if len(present) < ENOUGH_CLASSES:
        return Estimate(np.nan)
    from scipy.stats import rankdata  # half a second to import, which the dashboard's start should not pay

    values, wrong = difficulty[order].astype(np.float64), ~np.asarray(correct, bool)[order]
    # Sums by class hold at a common shift of the scores, and stay precise by it.
    values = values - values.mean()

    def figures(counts: NDArray[Any]) -> Floats:
        rows = counts.T.astype(np.float64)
        size, total, missed = (np.add.reduceat(part, starts) for part in (rows, rows * values[:, None],
                                                                          rows * wrong[:, None]))  # fmt: skip
        there = size > 0
        mean = np.divide(total, size, out=np.full(size.shape, np.nan), where=there)
        rate = np.divide(missed, size, out=np.full(size.shape, np.nan), where=there)
        return _correlation(rankdata(mean, axis=0, nan_policy="omit"), rankdata(rate, axis=0, nan_policy="omit"))[None]

    return bootstrap_counts(figures, len(order), n=n, seed=seed, level=level)[0]


def _correlation(a: Floats, b: Floats) -> Floats:
    """Pearson correlation down the rows, classes that a resample left out (NaN in both) aside. (K, b) each to (b,)."""
    a, b = a - np.nanmean(a, axis=0), b - np.nanmean(b, axis=0)
    length = np.sqrt(np.nansum(a * a, axis=0) * np.nansum(b * b, axis=0))
    product = np.nansum(a * b, axis=0)
    return np.asarray(np.divide(product, length, out=np.full(len(length), np.nan), where=length > 0))
