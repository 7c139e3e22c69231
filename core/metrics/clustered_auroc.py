"""AUROC where rows of one kind come in groups that vary together, as the images of a class do."""

from __future__ import annotations

import numpy as np

from ..types import Bools, Estimate, Floats, Ints
from .auroc import placements

FEWEST_GROUPS = 5
"""Below, so few groups do not say how much others would differ."""


def clustered_auroc(score: Floats, positive: Bools, groups: Ints, level: float = 0.95) -> Estimate:
    """Chance that a positive scores above a negative; its interval is of other positives and other groups of negatives.

    score: (n,) float, without NaN. positive: (n,) bool. groups: (n,) int, which of them a negative is of; of positives
    it is not read. n of the estimate: the groups. NaN without both kinds; no ends with fewer than FEWEST_GROUPS, or
    with one positive.

    DeLong's variance, its term for negatives summed within groups first (Obuchowski 1997), on the logit scale, by
    Student's quantile at Satterthwaite's degrees of freedom. Where the order is perfect, the far end is that of Clopper
    & Pearson 1934 for as many successes in a row as there are groups.
    """
    placed = placements(score, positive)
    _, group = np.unique(groups[~positive], return_inverse=True)
    n_groups = int(group.max(initial=-1)) + 1
    if placed is None:
        return Estimate(np.nan, n=n_groups)
    value, m = placed.auroc, len(placed.of_positive)
    if n_groups < FEWEST_GROUPS or m < 2:
        return Estimate(value, n=n_groups)
    if not 0 < value < 1:
        end = float(((1 - level) / 2) ** (1 / n_groups))
        return Estimate(value, end, 1.0, n_groups) if value == 1 else Estimate(value, 0.0, 1 - end, n_groups)
    off = np.bincount(group, placed.by_row[~positive] - value) / len(group)
    by_group = n_groups / (n_groups - 1) * float(off @ off)
    by_positive = float(placed.of_positive.var(ddof=1)) / m
    freedom = (by_group + by_positive) ** 2 / (by_group**2 / (n_groups - 1) + by_positive**2 / (m - 1))
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    half = float(stdtrit(freedom, 0.5 + level / 2)) * np.sqrt(by_group + by_positive) / (value * (1 - value))
    odds = value / (1 - value)
    return Estimate(value, float(odds / (odds + np.exp(half))), float(odds / (odds + np.exp(-half))), n_groups)
