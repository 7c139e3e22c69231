"""Calibration with intervals: the figures of `calibration` for any part of the images, resampled all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import TooFewRows, command
from ..types import Bools, Estimate, Floats, Ints
from .calibration import equal_sizes, log_losses, squared_errors, width_bins
from .intervals import bootstrap_counts, drawn_in_order

PERFECT_DRAWS = 400


@dataclass(frozen=True)
class Forecasts:
    """What a network said of each image and what that cost, most often all that calibration needs. (n,) each.

    confidence: the predicted class's probability. correct: bool. squared_error, log_loss: terms of Brier and NLL.
    """

    confidence: Floats
    correct: Bools
    squared_error: Floats
    log_loss: Floats

    def where(self, rows: Bools | Ints) -> Forecasts:
        """The forecasts of some of the images."""
        return Forecasts(self.confidence[rows], self.correct[rows], self.squared_error[rows], self.log_loss[rows])


def forecasts(probabilities: Floats, labels: Ints, correct: Bools) -> Forecasts:
    """Forecasts of labelled images. probabilities: (n, K), rows sum to 1. labels: (n,) in 0..K-1. correct: (n,) bool.

    correct is given rather than recomputed: two classes can tie in float32 that did not in the network.
    """
    confidence = probabilities.max(axis=1)
    return Forecasts(confidence, correct, squared_errors(probabilities, labels), log_losses(probabilities, labels))


@dataclass(frozen=True)
class Calibration:
    """Four figures with percentile intervals, and what the first would be by chance.

    ece, ece_width: 0..1, equal-mass and equal-width bins. brier: 0..2. nll: nats. All lower is better.
    ece_if_perfect: mean equal-mass error of a network with these confidences that is right exactly as often as it
    says. Bins of few images are never exact, so it is above 0, and the fewer images the higher.
    """

    ece: Estimate
    ece_width: Estimate
    brier: Estimate
    nll: Estimate
    ece_if_perfect: float


def calibration(
    given: Forecasts, *, n_bins: int = 15, n: int = 1000, seed: int = 0, level: float = 0.95
) -> Calibration:
    """All figures over n resamples of the images. Raises TooFewRows without an image.

    A calibration error is biased upwards where images are few, and a resampled one once more: without allowing for the
    second, a third of the intervals from a hundred images lie wholly above their own value. So intervals are moved by
    it; for the first, compare with `ece_if_perfect`.
    """
    rows = len(given.confidence)
    if rows == 0:
        raise TooFewRows("There is no prediction to measure calibration on.", "Run", command(None, "train"))
    order = np.argsort(given.confidence, kind="stable")
    ordered = given.where(order)
    gap: Floats = ordered.correct - ordered.confidence.astype(np.float64)
    by_width = np.zeros((rows, n_bins))
    by_width[np.arange(rows), width_bins(ordered.confidence, n_bins)] = gap
    terms = np.stack([ordered.squared_error, ordered.log_loss], axis=1)

    def figures(counts: NDArray[Any]) -> Floats:
        # Rows are in order of confidence, so drawing them in order is sorting the resample.
        mass = _mass_error(gap[drawn_in_order(counts)], n_bins)
        width = np.abs(counts @ by_width).sum(axis=1) / rows
        return np.stack([mass, width, *(counts @ terms / rows).T])

    ece, ece_width, brier, nll = bootstrap_counts(figures, rows, n=n, seed=seed, level=level, centred=True)
    # A distance from perfect calibration has no negative values.
    ece, ece_width = (replace(one, low=max(one.low, 0.0), unit="share") for one in (ece, ece_width))
    by_chance = _error_if_perfect(ordered.confidence, n_bins, seed)
    return Calibration(ece, ece_width, brier, replace(nll, unit="nats"), by_chance)


def _mass_error(gap: Floats, n_bins: int) -> Floats:
    """(b,) equal-mass calibration error. gap: (b, n) correct - confidence in order of confidence."""
    sizes = equal_sizes(gap.shape[1], n_bins)
    starts = (np.cumsum(sizes) - sizes)[sizes > 0]
    return np.asarray(np.abs(np.add.reduceat(gap, starts, axis=1)).sum(axis=1) / gap.shape[1])


def _error_if_perfect(confidence: Floats, n_bins: int, seed: int) -> float:
    generator = np.random.default_rng(seed)
    block = max(1, 2_000_000 // len(confidence))
    means, left = [], PERFECT_DRAWS
    while left > 0:
        right = generator.random((min(block, left), len(confidence))) < confidence
        means.append(_mass_error(right - confidence.astype(np.float64), n_bins))
        left -= block
    return float(np.concatenate(means).mean())
