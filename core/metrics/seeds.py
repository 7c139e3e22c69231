"""Comparing two ways of training over seeds: paired by seed, Student's t, because five figures are few."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ..types import Estimate


def mean_over_seeds(values: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean of one figure a seed with Student's interval. values: (m,), NaN left out; no ends with fewer than two.

    The interval is of the mean over all seeds on these images: it holds nothing of how other images would differ.
    """
    from scipy.special import stdtrit  # Student's quantile; not at the top, because scipy is slow to import

    figures = np.asarray(values, float)
    figures = figures[~np.isnan(figures)]
    if len(figures) < 2:
        return Estimate(float(figures[0]) if len(figures) else np.nan, n=len(figures))
    half = float(stdtrit(len(figures) - 1, 0.5 + level / 2) * figures.std(ddof=1) / np.sqrt(len(figures)))
    mean = float(figures.mean())
    return Estimate(mean, mean - half, mean + half, len(figures))


def paired_difference(ours: Mapping[int, float], theirs: Mapping[int, float], level: float = 0.95) -> Estimate:
    """Mean of ours - theirs over the seeds that both have, with Student's interval; n: how many those are.

    ours, theirs: seed -> figure. One seed draws the same images, initial weights and order on both sides, so what
    they share cancels.
    """
    shared = sorted(seed for seed in ours.keys() & theirs.keys() if not np.isnan(ours[seed] - theirs[seed]))
    return mean_over_seeds([ours[seed] - theirs[seed] for seed in shared], level)
