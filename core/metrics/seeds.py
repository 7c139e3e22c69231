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

    values: (s, m), a column an image, NaN where a seed's model is not evaluated on it, and one figure at least in each
    row; of a difference, ours - theirs. The mean is that of the seeds' means; n: images that any seed has. Its variance
    is that of the seeds' means over s, and what two seeds' means share by having images in common; no less than either
    seeds or images alone give. Where all seeds have the same images that is the two-way crossed layout without
    replication. Student's quantile at Satterthwaite's degrees of freedom. No ends with fewer than two seeds or images,
    or where all values are equal. Searle, Casella & McCulloch 1992, section 4.3; Satterthwaite 1946.
    """
    known = ~np.isnan(values)
    seeds, images, sizes = len(values), int(known.any(axis=0).sum()), known.sum(axis=1)
    of_seeds = np.nanmean(values, axis=1)
    mean = float(of_seeds.mean())
    if seeds < 2 or images < 2 or np.nanmin(values) == np.nanmax(values):
        return Estimate(mean, n=images)
    # How far each image moves the mean of its seed.
    moved = np.where(known, values - of_seeds[:, None], 0) / sizes[:, None]
    together = moved @ moved.T * (images / (images - 1))
    shared = (together.sum() - np.trace(together)) / (seeds * (seeds - 1))
    # Each is the variance of the mean as far as one of them goes: over seeds, over images, over both at once.
    by_seed, by_image = of_seeds.var(ddof=1) / seeds, together.sum() / seeds**2
    by_both = by_image - shared
    variance = max(by_seed + shared, by_seed, by_image)
    apart = (seeds - 1) * (sizes.mean() - 1)
    freedom = variance**2 / (by_seed**2 / (seeds - 1) + by_image**2 / (images - 1) + by_both**2 / apart)
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    half = float(stdtrit(freedom, 0.5 + level / 2) * np.sqrt(variance))
    return Estimate(mean, mean - half, mean + half, images)
