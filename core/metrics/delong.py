"""An interval of the area under the ROC curve without resampling: one sort, also for a million rows."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from ..types import Bools, Floats
from .intervals import Interval
from .ranking import rank


def auroc_interval(score: Floats, positive: Bools, level: float = 0.95) -> Interval:
    """Chance that a positive scores above a negative, a tie counting half, with its interval.

    score: (n,) float, rows with NaN take no part. positive: (n,) bool. NaN without both kinds; NaN ends with fewer
    than two of either or where the value is 0 or 1, for then the variance is 0 and says nothing.
    DeLong, DeLong & Clarke-Pearson 1988, on the logit scale, which keeps the ends inside 0..1 (Pepe 2003, ch. 5).
    """
    ranking = rank(score, positive)
    if not len(ranking.order):
        return Interval(np.nan, np.nan, np.nan)
    above = [counts[0] for counts in ranking.cumulative(np.ones((1, len(ranking.order))))]
    m, n = (float(counts[-1]) for counts in above)
    if m == 0 or n == 0:
        return Interval(np.nan, np.nan, np.nan)
    here = [np.diff(counts, prepend=0.0) for counts in above]
    # A row's placement: the share of the other kind that it beats, the same for all rows of one score.
    of_positive = (n - above[1] + 0.5 * here[1]) / n
    of_negative = (above[0] - 0.5 * here[0]) / m
    value = float(here[0] @ of_positive / m)
    if m < 2 or n < 2 or not 0 < value < 1:
        return Interval(value, np.nan, np.nan)
    variance = here[0] @ (of_positive - value) ** 2 / (m - 1) / m + here[1] @ (of_negative - value) ** 2 / (n - 1) / n
    half = NormalDist().inv_cdf(0.5 + level / 2) * np.sqrt(variance) / (value * (1 - value))
    centre = np.log(value / (1 - value))
    low, high = 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))
    return Interval(value, float(low), float(high))
