"""Reliability at equal confidence: are hard images right as often as easy ones of which the model is as sure?

A model can be calibrated on the whole and still be too sure of the hard images and not sure enough of the easy ones; no
temperature mends that. Both groups are compared within bins of confidence that are the same for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ...types import Bools, Estimate, Floats, Ints
from ..intervals import share_estimates, wilson
from .binned import equal_sizes

MOST_BINS = 15
IMAGES_A_BIN = 20
"""Fewer images have fewer bins; with fewer than two bins' worth there is no comparison."""


@dataclass(frozen=True, eq=False)
class ReliabilityPair:
    """Easy and hard images in the same bins of confidence, from least to most sure. Arrays (2, b): easy, then hard.

    n: images, 0 where a group has none in a bin. confidence, accuracy: their means there, NaN without an image.
    gap: how much more often easy images are right than hard ones at equal confidence, -1..1, with its interval.
    """

    n: Ints
    confidence: Floats
    accuracy: Floats
    gap: Estimate

    def estimates(self, group: int) -> list[Estimate]:
        """The accuracy of one group, 0 easy and 1 hard, in each bin, with Wilson's interval."""
        n = self.n[group]
        right = np.where(n > 0, np.nan_to_num(self.accuracy[group]) * n, 0.0)
        return share_estimates(self.accuracy[group], *wilson(right, n), n)


def reliability_pair(confidence: Floats, correct: Bools, hard: Bools, *, level: float = 0.95) -> ReliabilityPair | None:
    """Compare hard with easy images at equal confidence; None with fewer than 40 images or one group alone.

    confidence: (n,) in 0..1. correct: (n,) bool. hard: (n,) bool, the others are easy. In each of up to 15 equal-mass
    bins of all of them, the mean of (correct - confidence) over easy images less that over hard ones, so that what
    confidence differs within a bin is taken off; bins weigh n_easy n_hard / (n_easy + n_hard), as in Mantel &
    Haenszel 1959. After Xiong et al. 2023. The interval is normal, each bin's variance that of its accuracy
    with one more right and one more wrong.
    """
    n_bins = min(MOST_BINS, len(confidence) // IMAGES_A_BIN)
    if n_bins < 2 or hard.all() or not hard.any():
        return None
    bin_of = np.empty(len(confidence), np.int64)
    bin_of[np.argsort(confidence, kind="stable")] = np.repeat(np.arange(n_bins), equal_sizes(len(confidence), n_bins))

    def total(of: Floats) -> Floats:
        return np.stack([np.bincount(bin_of[rows], of[rows], minlength=n_bins) for rows in (~hard, hard)])

    n, right, sure = total(np.ones(len(confidence))), total(correct.astype(float)), total(confidence.astype(float))
    there = np.where(n > 0, n, np.nan)
    return ReliabilityPair(n.astype(np.int64), sure / there, right / there, _gap(n, right, sure, level))


def _gap(n: Floats, right: Floats, sure: Floats, level: float) -> Estimate:
    """From sums by group and bin, (2, b) each."""
    both = (n > 0).all(axis=0)
    n, right, sure = n[:, both], right[:, both], sure[:, both]
    rows = int(n.sum())
    if not rows:
        return Estimate(np.nan, unit="share")
    weight = n[0] * n[1] / n.sum(axis=0)
    weight /= weight.sum()
    short = (right - sure) / n
    value = float(weight @ (short[0] - short[1]))
    share = (right + 1) / (n + 2)  # a bin without an error is not known to have none
    spread = float(np.sqrt(weight**2 @ (share * (1 - share) / n).sum(axis=0)))
    half = NormalDist().inv_cdf(0.5 + level / 2) * spread
    return Estimate(value, max(value - half, -1.0), min(value + half, 1.0), rows, "share")
