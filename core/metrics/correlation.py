"""Rank correlations with intervals: of difficulty with error over classes, of a quantity with steps of an image.

The steps are those of corruption severity, or of the share of altered labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Bools, Estimate, Floats, Ints
from .agreement import spearman, spearman_interval
from .intervals import bootstrap_counts, wilson

ENOUGH_CLASSES = 3


@dataclass(frozen=True)
class ClassCorrelation:
    """One correlation over classes with two intervals, which answer two questions.

    over_images: these classes, with other images of them. over_classes: other classes, as far as these are a sample of
    such, each with as many images as these have; no ends below four classes.
    """

    over_images: Estimate
    over_classes: Estimate


def false_negative_correlation(
    difficulty: Floats, labels: Ints, correct: Bools, *, n: int = 1000, seed: int = 0, level: float = 0.95
) -> ClassCorrelation:
    """Spearman correlation over classes of mean difficulty with the share of the class's images misclassified.

    difficulty: (n,) float, NaN takes no part. labels: (n,) in 0..K-1. correct: (n,) bool. Returns -1..1; NaN with fewer
    than three classes or where all classes are equal. Agarwal, D'souza & Hooker 2022, figure 8. Images: percentile
    bootstrap. Classes: Fisher's transformation, Bonett & Wright 2000.
    """
    scored = ~np.isnan(difficulty)
    order = np.flatnonzero(scored)[np.argsort(labels[scored], kind="stable")]
    present, starts = np.unique(labels[order], return_index=True)
    if len(present) < ENOUGH_CLASSES:
        return ClassCorrelation(Estimate(np.nan), Estimate(np.nan))
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

    over_images = bootstrap_counts(figures, len(order), n=n, seed=seed, level=level)[0]
    return ClassCorrelation(over_images, spearman_interval(over_images.value, len(present), level))


@dataclass(frozen=True, eq=False)
class ClassMeans:
    """Classes that have a row, by ascending label; arrays (k,).

    mean: with the ends of its Student's interval in low and high, NaN where a class has one row or equal ones. rate:
    share of its rows misclassified, with Wilson's ends.
    """

    label: Ints
    n: Ints
    mean: Floats
    low: Floats
    high: Floats
    wrong: Ints
    rate: Floats
    rate_low: Floats
    rate_high: Floats

    def correlation(self, level: float = 0.95) -> Estimate:
        """Spearman correlation of means and rates, with the interval of other classes. NaN below three classes."""
        if len(self.label) < ENOUGH_CLASSES:
            return Estimate(np.nan, n=len(self.label))
        return spearman_interval(spearman(self.mean, self.rate), len(self.label), level)


def class_means(difficulty: Floats, labels: Ints, wrong: Bools, level: float = 0.95) -> ClassMeans:
    """Mean difficulty and share misclassified of each class, both with intervals.

    difficulty: (n,) finite. labels: (n,) in 0..K-1. wrong: (n,) bool.
    """
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    values = np.asarray(difficulty, np.float64)
    common = float(values.mean()) if len(values) else 0.0  # squares hold to more digits about it
    sizes = np.bincount(labels)
    label = np.flatnonzero(sizes)
    n, sums, squares, missed = (
        np.bincount(labels, weights)[label]
        for weights in (None, values - common, np.square(values - common), wrong.astype(np.float64))
    )
    mean = sums / n
    variance = np.maximum(squares / n - mean * mean, 0) * n / np.maximum(n - 1, 1)
    half = stdtrit(np.maximum(n - 1, 1), 0.5 + level / 2) * np.sqrt(variance / n)
    half = np.where((n > 1) & (half > 0), half, np.nan)
    low, high = wilson(missed, n, level)
    mean = mean + common
    return ClassMeans(label, n, mean, mean - half, mean + half, missed.astype(np.int64), missed / n, low, high)


def means_by_step(values: Floats, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> list[Estimate]:
    """Mean over images at each step, with percentile intervals over images drawn together for all steps.

    values: (m, steps) finite, a row per image.
    """

    def figures(counts: NDArray[Any]) -> Floats:
        return np.asarray((counts @ values.astype(np.float64) / len(values)).T)

    return bootstrap_counts(figures, len(values), n=n, seed=seed, level=level)


def trend(values: Floats, steps: Floats, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> Estimate:
    """Mean over images of the rank correlation of an image's own values with the steps: -1..1, 1 where all rise.

    Within images, so that how much images differ from one another neither hides a trend nor makes one. values:
    (m, steps) finite; an image whose values never change takes no part, and with none left it is NaN. steps: (steps,).
    """
    within = np.array([spearman(row, steps) for row in values])
    within = within[~np.isnan(within)]
    if not len(within):
        return Estimate(np.nan)
    return means_by_step(within[:, None], n=n, seed=seed, level=level)[0]


def _correlation(a: Floats, b: Floats) -> Floats:
    """Pearson correlation down the rows, classes that a resample left out (NaN in both) aside. (K, b) each to (b,)."""
    a, b = a - np.nanmean(a, axis=0), b - np.nanmean(b, axis=0)
    length = np.sqrt(np.nansum(a * a, axis=0) * np.nansum(b * b, axis=0))
    product = np.nansum(a * b, axis=0)
    return np.asarray(np.divide(product, length, out=np.full(len(length), np.nan), where=length > 0))
