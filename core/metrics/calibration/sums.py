"""Accuracy, equal-width calibration error, Brier and NLL from sums that add up over images that are read apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...maths.moments import GroupMoments, group_moments
from ...types import Estimate, Floats, Ints
from ..intervals import share_estimate, student_estimate
from .binned import width_bins

if TYPE_CHECKING:
    from .forecasts import Forecasts


@dataclass(frozen=True)
class ForecastSums:
    """What figures of each of G groups of images are made of.

    right: (G,) how many are predicted right. gaps: (G, bins) sum of correct - confidence in each equal-width bin of
    confidence, whose edges are the same whatever the images. brier, nll: the terms of each; their counts are the
    groups' images.
    """

    right: NDArray[np.int64]
    gaps: NDArray[np.float64]
    brier: GroupMoments
    nll: GroupMoments

    def __add__(self, other: ForecastSums) -> ForecastSums:
        return ForecastSums(
            self.right + other.right, self.gaps + other.gaps, self.brier + other.brier, self.nll + other.nll
        )

    def n(self, group: int) -> int:
        """Images of a group."""
        return int(self.brier.counts[group])

    def accuracy(self, group: int, level: float = 0.95) -> Estimate:
        """Share that is predicted right, with Wilson's interval."""
        return share_estimate(int(self.right[group]), self.n(group), level)

    def error(self, group: int, level: float = 0.95) -> Estimate:
        """Share that is not, with Wilson's interval."""
        return share_estimate(self.n(group) - int(self.right[group]), self.n(group), level)

    def ece_width(self, group: int) -> Estimate:
        """Expected calibration error over the equal-width bins; of at least one image."""
        n = self.n(group)
        return Estimate(float(np.abs(self.gaps[group]).sum() / n), n=n, unit="share")

    def brier_score(self, group: int, level: float = 0.95) -> Estimate:
        """0..2, with Student's interval, of at least one image."""
        return _mean(self.brier, group, level)

    def negative_log_likelihood(self, group: int, level: float = 0.95) -> Estimate:
        """In nats, with Student's interval, of at least one image."""
        return replace(_mean(self.nll, group, level), unit="nats")


def forecast_sums(given: Forecasts, groups: Ints, n_groups: int, n_bins: int) -> ForecastSums:
    """The sums of some images. groups: (n,) int in 0..n_groups-1, NO_GROUP for none."""
    rows = groups >= 0
    gap: Floats = given.correct[rows] - given.confidence[rows].astype(np.float64)
    cells = groups[rows] * n_bins + width_bins(given.confidence[rows], n_bins)
    return ForecastSums(
        np.bincount(groups[rows], given.correct[rows], n_groups).astype(np.int64),
        np.bincount(cells, gap, n_groups * n_bins).astype(np.float64).reshape(n_groups, n_bins),
        group_moments(given.squared_error, groups, n_groups), group_moments(given.log_loss, groups, n_groups),
    )  # fmt: skip


def _mean(terms: GroupMoments, group: int, level: float) -> Estimate:
    """The mean of what is never below 0, whatever the interval's formula says of few."""
    rows = int(terms.counts[group])
    deviation = float(np.sqrt(terms.squares[group] / (rows - 1))) if rows > 1 else 0.0
    found = student_estimate(float(terms.means[group]), deviation, rows, level)
    return replace(found, low=max(found.low, 0.0) if found.has_interval else found.low)
