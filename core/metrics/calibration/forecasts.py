"""Calibration of any part of the images: the paper's figures, and an estimate of the true error with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import TooFewRows, command
from ...types import Bools, Estimate, Floats, Ints
from .binned import equal_sizes, log_losses, squared_errors
from .debiased import calibration_error
from .sums import forecast_sums

PERFECT_DRAWS = 400
MANY_IN_A_BIN = 1000


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
    """What a model's confidence is worth on some images. All lower is better.

    ece, ece_width: 0..1, equal-mass and equal-width bins; figures of these images, without an interval, because no
    interval around them holds the true error. error: `calibration_error`, which is an estimate of that, with its own.
    brier: 0..2. nll: nats. Both with Student's interval.
    ece_if_perfect: mean equal-mass error of a model with these confidences that is right exactly as often as it says.
    Bins of few images are never exact, so it is above 0, and the fewer images the higher.
    """

    ece: Estimate
    ece_width: Estimate
    error: Estimate
    brier: Estimate
    nll: Estimate
    ece_if_perfect: float


def calibration(given: Forecasts, *, n_bins: int = 15, seed: int = 0, level: float = 0.95) -> Calibration:
    """All figures of these images. Raises TooFewRows without an image."""
    rows = len(given.confidence)
    if rows == 0:
        raise TooFewRows("There is no prediction to measure calibration on.", "Run", command(None, "train"))
    ordered = given.where(np.argsort(given.confidence, kind="stable"))
    gap: Floats = ordered.correct - ordered.confidence.astype(np.float64)
    sums = forecast_sums(ordered, np.zeros(rows, np.int64), 1, n_bins)
    return Calibration(
        Estimate(float(_mass_error(gap[None], n_bins)[0]), n=rows, unit="share"),
        sums.ece_width(0),
        calibration_error(ordered.confidence, ordered.correct, level),
        sums.brier_score(0, level),
        sums.negative_log_likelihood(0, level),
        _error_if_perfect(ordered.confidence, n_bins, seed),
    )


def _mass_error(gap: Floats, n_bins: int) -> Floats:
    """(b,) equal-mass calibration error. gap: (b, n) correct - confidence in order of confidence."""
    sizes = equal_sizes(gap.shape[1], n_bins)
    starts = (np.cumsum(sizes) - sizes)[sizes > 0]
    return np.asarray(np.abs(np.add.reduceat(gap, starts, axis=1)).sum(axis=1) / gap.shape[1])


def _error_if_perfect(confidence: Floats, n_bins: int, seed: int) -> float:
    """By simulation where bins are small; beyond, a bin's gap is normal, and the mean size of that is known."""
    rows = len(confidence)
    p = confidence.astype(np.float64)
    if rows > MANY_IN_A_BIN * n_bins:
        sizes = equal_sizes(rows, n_bins)
        variance = np.add.reduceat(p * (1 - p), np.cumsum(sizes) - sizes)
        return float(np.sqrt(2 / np.pi * variance).sum() / rows)
    generator = np.random.default_rng(seed)
    block = max(1, 2_000_000 // rows)
    means, left = [], PERFECT_DRAWS
    while left > 0:
        right = generator.random((min(block, left), rows)) < p
        means.append(_mass_error(right - p, n_bins))
        left -= block
    return float(np.concatenate(means).mean())
