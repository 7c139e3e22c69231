"""Comparing two ways of training over seeds: paired by seed and image, Student's t, because five figures are few."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ..types import Estimate, Floats

ROUNDING = 1e-12
"""Of the largest figure: figures that lie no further apart than that are equal."""


def mean_over_seeds(values: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean of one figure a seed with Student's interval. values: (m,), NaN left out; no ends with fewer than two, or
    where all are equal: two counts that happen to be equal do not say that every other seed's would be.

    The interval is of the mean over all seeds on these images: it holds nothing of how other images would differ.
    """
    figures = np.asarray(values, float)
    figures = figures[~np.isnan(figures)]
    return _students(figures, float(np.abs(figures).max(initial=0.0)), level)


def paired_difference(ours: Mapping[int, float], theirs: Mapping[int, float], level: float = 0.95) -> Estimate:
    """Mean of ours - theirs over the seeds that both have, with Student's interval; n: how many those are. No ends as
    `mean_over_seeds`.

    ours, theirs: seed -> figure. One seed draws the same images, initial weights and order on both sides, so what
    they share cancels.
    """
    shared = sorted(seed for seed in ours.keys() & theirs.keys() if not np.isnan(ours[seed] - theirs[seed]))
    largest = max((abs(figure[seed]) for seed in shared for figure in (ours, theirs)), default=0.0)
    return _students(np.array([ours[seed] - theirs[seed] for seed in shared]), largest, level)


def _students(figures: Floats, largest: float, level: float) -> Estimate:
    """figures: (m,) finite. largest: of what they were computed from, which says how far rounding sets equal ones
    apart."""
    mean = float(figures.mean()) if len(figures) else np.nan
    if len(figures) < 2 or np.ptp(figures) <= ROUNDING * largest:
        return Estimate(mean, n=len(figures))
    from scipy.special import stdtrit  # Student's quantile; not at the top, because scipy is slow to import

    half = float(stdtrit(len(figures) - 1, 0.5 + level / 2) * figures.std(ddof=1) / np.sqrt(len(figures)))
    return Estimate(mean, mean - half, mean + half, len(figures))


def mean_over_seeds_and_images(values: Floats, level: float = 0.95) -> Estimate:
    """Mean of one figure of each image under each seed, with an interval that covers other seeds and other images.

    values: (s, m) finite, the same m images in every row; of a difference, ours - theirs. The variance of the mean is
    that of the seeds' means over s and of the images' means over m, less what both count twice; no less than the larger
    of them. Student's quantile at Satterthwaite's degrees of freedom. No ends with fewer than two seeds or images, or
    where all values are equal. Searle, Casella & McCulloch 1992, section 4.3 (two-way crossed, without replication);
    Satterthwaite 1946.
    """
    seeds, images = values.shape
    of_seeds, of_images = values.mean(axis=1), values.mean(axis=0)
    mean = float(of_seeds.mean())
    if seeds < 2 or images < 2 or values.min() == values.max():
        return Estimate(mean, n=images)
    rest = values - of_seeds[:, None] - of_images + mean
    apart = (seeds - 1) * (images - 1)
    # Each is the variance of the mean as far as one of them goes: over seeds, over images, over both at once.
    by_seed, by_image = of_seeds.var(ddof=1) / seeds, of_images.var(ddof=1) / images
    by_both = (rest**2).sum() / apart / (seeds * images)
    variance = max(by_seed + by_image - by_both, by_seed, by_image)
    freedom = variance**2 / (by_seed**2 / (seeds - 1) + by_image**2 / (images - 1) + by_both**2 / apart)
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    half = float(stdtrit(freedom, 0.5 + level / 2) * np.sqrt(variance))
    return Estimate(mean, mean - half, mean + half, images)
