"""The true calibration error, as far as a sample shows it: an estimate that few images do not inflate.

The plain ECE adds up the sizes of the bins' gaps, and a gap that is nothing but chance has a size too. Its square has a
known mean, which is taken off here, so that the estimate is right on average however few images there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...types import Bools, Estimate, Floats
from .binned import equal_sizes

FEWEST = 10
"""Images below which there is no estimate."""
HALVINGS = 60
"""Of the stretch in which an end of the interval is looked for."""


def calibration_error(confidence: Floats, correct: Bools, level: float = 0.95) -> Estimate:
    """Root mean square of P(correct | confidence) - confidence over the images, debiased, with its interval.

    confidence: (n,) in 0..1. correct: (n,) bool. Returns 0..1, lower is better: at least the mean absolute gap that ECE
    estimates, and equal to it where the gap is everywhere the same. The low end is 0 where no miscalibration can be
    shown; the value is 0 where the gaps are smaller than chance alone makes them. NaN with fewer than 10 images.

    Within n^(2/5) equal-mass bins (Lee et al. 2023, for gaps that change smoothly) the mean product of two different
    images' gaps estimates the bin's squared gap without bias (Bröcker 2012; Ferro & Fricker 2012; Kumar, Liang & Ma
    2019). The interval inverts the distribution of their sum, a noncentral chi-square matched in mean and variance by a
    gamma (Patnaik 1949), so it needs no resamples. Gaps that cancel within a bin are not seen.
    """
    rows = len(confidence)
    if rows < FEWEST:
        return Estimate(np.nan, n=rows, unit="share")
    gaps = _squared_gaps(confidence, correct)
    tail = (1 - level) / 2
    seen = gaps.value + gaps.noise
    low = _largest(lambda squared: 1 - gaps.below(seen, squared) < tail, max(seen, 0.0))
    # Fewer gaps than chance makes are luck: they do not narrow the interval below what no gap at all would give.
    most = max(seen, gaps.noise)
    high = _largest(lambda squared: gaps.below(most, squared) > tail, 1.0)
    return Estimate(float(np.sqrt(max(gaps.value, 0.0))), float(np.sqrt(low)), float(np.sqrt(high)), rows, "share")


def squared_gap(confidence: Floats, correct: Bools) -> float:
    """Mean squared gap of P(correct | confidence) - confidence, debiased: what `calibration_error` has the root of.

    Arguments as there. Lower is better. It is below 0 where the gaps are smaller than chance makes them on average: so
    its mean over samples is right, however small each is, where that of roots that end at 0 is too high. NaN with fewer
    than 10 images.
    """
    return _squared_gaps(confidence, correct).value if len(confidence) >= FEWEST else np.nan


@dataclass(frozen=True)
class _SquaredGaps:
    """Mean squared gap and what its estimate varies by. value: unbiased, so that chance may leave it below 0.

    noise: mean squared gap that chance alone makes. variance: of that. slope: what the variance gains for each unit of
    true squared gap. curve: for each square of it, because images with a large gap may be few.
    """

    value: float
    noise: float
    variance: float
    slope: float
    curve: float

    def below(self, seen: float, squared: float) -> float:
        """Chance of a mean squared gap of at most `seen`, noise with it, where the true one is `squared`."""
        from scipy.special import gammainc  # not at the top, because scipy is slow to import

        mean, variance = self.noise + squared, self.variance + self.slope * squared + self.curve * squared**2
        return float(gammainc(mean**2 / variance, max(seen, 0.0) * mean / variance))


def _squared_gaps(confidence: Floats, correct: Bools) -> _SquaredGaps:
    rows = len(confidence)
    size = equal_sizes(rows, max(2, round(rows**0.4)))
    start, order = np.cumsum(size) - size, np.argsort(confidence, kind="stable")
    right = np.asarray(correct, np.float64)[order]
    gap = right - confidence[order].astype(np.float64)
    total, squares = np.add.reduceat(gap, start), np.add.reduceat(gap * gap, start)
    squared, weight = (total**2 - squares) / (size * (size - 1)), size / rows
    # One more right and one more wrong: a bin without an error is not known to have none.
    share = (np.add.reduceat(right, start) + 1) / (size + 2)
    spread = share * (1 - share)
    value, noise = float(weight @ squared), float(weight @ (spread / size))
    variance = float(2 * (weight**2) @ (spread**2 / (size * (size - 1))))
    shown = weight * np.maximum(squared, 0.0)
    signal = float(shown.sum())
    if signal == 0:
        return _SquaredGaps(value, noise, variance, 4 * float(weight @ spread) / rows, 0.0)
    unevenness = float(shown @ np.maximum(squared, 0.0)) / signal**2 - 1
    curve = max(unevenness, 0.0) * min(max(value, 0.0) / signal, 1.0) / rows
    return _SquaredGaps(value, noise, variance, 4 * float(shown @ spread) / signal / rows, curve)


def _largest(holds: Callable[[float], bool], above: float) -> float:
    """The largest number in 0..above for which `holds`, which does so up to some number and not beyond; 0 for none."""
    if not holds(0.0):
        return 0.0
    low, high = 0.0, above
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
