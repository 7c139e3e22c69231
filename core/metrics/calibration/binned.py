"""Calibration: whether a network that says 80 % is right 80 % of the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import TooFewRows, command
from ...types import Bools, Estimate, Floats, Ints
from ..intervals import share_estimates, wilson

Binning = Literal["mass", "width"]


@dataclass(frozen=True)
class ReliabilityBins:
    """Confidence bins from lowest to highest, empty ones left out. Arrays (b,).

    low, high: the bin's edges (width) or its extreme confidences (mass). n: rows. confidence: their mean confidence.
    accuracy: share correct, with the ends of its 95 % Wilson interval in accuracy_low and accuracy_high.
    """

    low: Floats
    high: Floats
    n: Ints
    confidence: Floats
    accuracy: Floats
    accuracy_low: Floats
    accuracy_high: Floats

    @property
    def estimates(self) -> list[Estimate]:
        """The accuracy of each bin."""
        return share_estimates(self.accuracy, self.accuracy_low, self.accuracy_high, self.n)


def expected_calibration_error(
    confidence: Floats, correct: Bools, n_bins: int = 15, binning: Binning = "mass"
) -> float:
    """Mean gap between accuracy and confidence over bins, weighted by their rows.

    confidence: (n,) in 0..1, the predicted class's probability. correct: (n,) bool. Returns 0..1, lower is better.
    binning: "mass", equal numbers of rows by rank; "width", equal stretches of confidence. Raises TooFewRows if n = 0.
    Cui et al. 2023, section 5; Nguyen & O'Connor 2015 (mass); Naeini et al. 2015 (width).
    """
    bin_of = _bins(confidence, n_bins, binning)
    # |n_b acc_b - n_b conf_b| / n, summed: no bin needs its own mean, and empty bins add 0.
    gap = np.bincount(bin_of, weights=np.asarray(correct, float) - confidence, minlength=n_bins)
    return float(np.abs(gap).sum() / len(confidence))


def reliability_bins(
    confidence: Floats, correct: Bools, n_bins: int = 15, binning: Binning = "mass"
) -> ReliabilityBins:
    """What a reliability diagram draws; arguments as for `expected_calibration_error`."""
    bin_of = _bins(confidence, n_bins, binning)
    used, row, n = np.unique(bin_of, return_inverse=True, return_counts=True)
    right = np.bincount(row, weights=np.asarray(correct, float))
    mean_confidence, accuracy = np.bincount(row, weights=confidence) / n, right / n
    low: Floats = used / n_bins
    high: Floats = (used + 1) / n_bins
    if binning == "mass":
        order, ends = np.argsort(confidence, kind="stable"), np.cumsum(n)
        low, high = confidence[order[ends - n]], confidence[order[ends - 1]]
    return ReliabilityBins(low, high, n, mean_confidence, accuracy, *wilson(right, n))


def squared_errors(probabilities: Floats, labels: Ints) -> Floats:
    """(n,) squared distance between probabilities and the one-hot label: their mean is the Brier score, 0..2.

    probabilities: (n, K). labels: (n,) in 0..K-1. Brier 1950, the form that sums over classes.
    """
    p = probabilities.astype(np.float64)
    return np.asarray(np.einsum("ij,ij->i", p, p) - 2 * p[np.arange(len(p)), labels] + 1)


def negative_log_likelihood(probabilities: Floats, labels: Ints) -> float:
    """Mean of -log p(label), nats, 0 or more, lower is better. probabilities: (n, K). labels: (n,) in 0..K-1.

    A probability of 0 counts as float32's smallest normal number: 87 nats, and not infinity.
    """
    return float(log_losses(probabilities, labels).mean())


def log_losses(probabilities: Floats, labels: Ints) -> Floats:
    """(n,) what each row adds to the negative log likelihood."""
    given = probabilities[np.arange(len(probabilities)), labels].astype(np.float64)
    return np.asarray(-np.log(np.maximum(given, np.finfo(np.float32).tiny)))


def equal_sizes(n: int, n_bins: int) -> Ints:
    """(n_bins,) how many of n ranked rows each equal-mass bin takes, as even as can be, the larger ones first."""
    return np.full(n_bins, n // n_bins) + (np.arange(n_bins) < n % n_bins)


def width_bins(confidence: Floats, n_bins: int) -> Ints:
    """(n,) equal-width bin of each confidence, 0..n_bins-1."""
    return np.asarray(
        np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    )  # 1.0 joins the last bin, not one of its own


def _bins(confidence: Floats, n_bins: int, binning: Binning) -> Ints:
    """(n,) bin of each row, 0..n_bins-1."""
    n = len(confidence)
    if n == 0:
        raise TooFewRows("There is no prediction to measure calibration on.", "Run", command(None, "train"))
    if binning == "width":
        return width_bins(confidence, n_bins)
    # By rank, not by quantile: where many confidences are exactly 1.0, quantile edges coincide and bins vanish.
    bin_of = np.empty(n, np.int64)
    bin_of[np.argsort(confidence, kind="stable")] = np.repeat(np.arange(n_bins), equal_sizes(n, n_bins))
    return bin_of
