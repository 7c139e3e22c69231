"""How far reviewers agree beyond chance: Cohen's kappa of two, Krippendorff's alpha of any number.

A rating is a category 0, 1, …, the missing ones -1. Both are 1 for full agreement and 0 for that of chance, and NaN
where every rating is the same category: there is nothing to disagree about.
"""

from __future__ import annotations

import numpy as np

from ..types import Estimate, Floats, Ints
from .intervals import bootstrap

MISSING = -1


def cohen_kappa(first: Ints, second: Ints) -> float:
    """Agreement of two reviewers less what their own category shares would give by chance. (n,) int each, -1..1.

    Images that either left out take no part; NaN with none. Cohen 1960.
    """
    table = _table(first, second)
    n = table.sum()
    if n == 0:
        return np.nan
    expected = float(table.sum(axis=1) @ table.sum(axis=0)) / n**2
    observed = float(np.trace(table)) / n
    return (observed - expected) / (1 - expected) if expected < 1 else np.nan


def krippendorff_alpha(ratings: Ints) -> float:
    """1 - observed / expected disagreement, nominal categories, any number of reviewers and missing ratings.

    ratings: (reviewers, n) int. Images with fewer than two ratings take no part; NaN with none. Krippendorff 2011.
    """
    counts = _counts(ratings)
    per_image = counts.sum(axis=1)
    counts, per_image = counts[per_image >= 2], per_image[per_image >= 2]
    n = per_image.sum()
    if n == 0:
        return np.nan
    observed = float((counts * (per_image[:, None] - counts) / (per_image[:, None] - 1)).sum()) / n
    totals = counts.sum(axis=0)
    expected = float((totals * (n - totals)).sum()) / (n * (n - 1))
    return 1 - observed / expected if expected > 0 else np.nan


def kappa_interval(first: Ints, second: Ints, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> Estimate:
    """`cohen_kappa` with its percentile interval over n resamples of the images."""
    both = (first != MISSING) & (second != MISSING)
    if not both.any():
        return Estimate(np.nan)
    return bootstrap(cohen_kappa, first[both], second[both], n=n, seed=seed, level=level)


def alpha_interval(ratings: Ints, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> Estimate:
    """`krippendorff_alpha` with its percentile interval over n resamples of the images that have two ratings."""
    shared = ratings[:, (ratings != MISSING).sum(axis=0) >= 2]
    if not shared.size:
        return Estimate(np.nan)
    return bootstrap(lambda rows: krippendorff_alpha(rows.T), shared.T, n=n, seed=seed, level=level)


def _table(first: Ints, second: Ints) -> Floats:
    """(k, k) how often the first said one category and the second another."""
    both = (first != MISSING) & (second != MISSING)
    a, b = first[both], second[both]
    k = int(max(a.max(initial=-1), b.max(initial=-1))) + 1
    return np.bincount(a * k + b, minlength=k * k).reshape(k, k).astype(np.float64)


def _counts(ratings: Ints) -> Floats:
    """(n, k) how many reviewers gave each image each category."""
    _, n = ratings.shape
    k = int(ratings.max(initial=-1)) + 1
    reviewer, image = np.nonzero(ratings != MISSING)
    return np.bincount(image * k + ratings[reviewer, image], minlength=n * k).reshape(n, k).astype(np.float64)
