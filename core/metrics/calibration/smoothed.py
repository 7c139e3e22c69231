"""Smoothed calibration error: no bins, and a bandwidth that follows from the data.

The gap between accuracy and confidence is smoothed along confidence by a Gaussian that is reflected at 0 and 1, which
makes of the images' gaps g_i at confidences c_i the cosine series

    Σ_k a_k exp(-(k π σ)² / 2) cos(k π t),    a_0 = mean g_i,  a_k = 2 · mean of g_i cos(k π c_i)

with every reflection in it. The gaps stand on a grid for that, each shared between its two neighbours there: the grid
is so fine that this widens the Gaussian by less than the error is computed to.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import TooFewRows, command
from ...types import Bools, Floats

GRID = 1 << 16
COARSE = 1 << 11
"""Stretches of the grid: of the figure itself, and of the many draws that tell what chance makes of it."""
HALVINGS = 40
ROUGH_HALVINGS = 16
DRAWS = 200
MANY_ROWS = 15_000

Rows = NDArray[np.float64]


def smoothed_calibration_error(confidence: Floats, correct: Bools) -> float:
    """Mean size of the smoothed gap between accuracy and confidence, at the bandwidth that is equal to it: smECE.

    confidence: (n,) in 0..1, the predicted class's probability. correct: (n,) bool. Returns 0..1, lower is better;
    of a calibrated model above 0 too, the fewer images the more (`smoothed_error_by_chance`). Raises TooFewRows without
    an image. Błasiok & Nakkiran 2024; their library smooths with a truncated Gaussian on a coarser grid, and takes the
    bandwidth to a thousandth.
    """
    gaps = np.asarray(correct, np.float64) - confidence
    return float(_fixed_point(_on_grid(confidence, gaps[None], GRID), HALVINGS)[0])


def smoothed_error_at(confidence: Floats, correct: Bools, bandwidth: float) -> float:
    """The same at a bandwidth that is given, above 0, in units of confidence. It never rises with the bandwidth."""
    gaps = np.asarray(correct, np.float64) - confidence
    return float(_sizes(_on_grid(confidence, gaps[None], GRID), np.array([bandwidth]))[0])


def smoothed_error_by_chance(confidence: Floats, seed: int = 0) -> float:
    """Mean smECE of a model with these confidences that is right exactly as often as it says.

    By simulation; of more than 15,000 images by drawing the sums of gaps along the grid, which then are normal.
    """
    rows = len(confidence)
    p = confidence.astype(np.float64)
    generator = np.random.default_rng([seed, 0x5E0])
    if rows > MANY_ROWS:
        at = np.minimum((p * COARSE + 0.5).astype(np.int64), COARSE)
        spread = np.sqrt(np.bincount(at, weights=p * (1 - p), minlength=COARSE + 1))
        sums = generator.normal(size=(DRAWS, COARSE + 1)) * spread / rows
        return float(_fixed_point(_cosines(sums), ROUGH_HALVINGS).mean())
    gaps = (generator.random((DRAWS, rows)) < p) - p
    return float(_fixed_point(_on_grid(confidence, gaps, COARSE), ROUGH_HALVINGS).mean())


def _on_grid(confidence: Floats, gaps: Rows, stretches: int) -> Rows:
    """(b, stretches + 1) cosine coefficients of gaps, (b, n), at (n,) confidences."""
    rows = len(confidence)
    if rows == 0:
        raise TooFewRows("There is no prediction to measure calibration on.", "Run", command(None, "train"))
    place = confidence.astype(np.float64) * stretches
    below = np.minimum(place.astype(np.int64), stretches - 1)
    above = place - below  # the share that the upper neighbour takes
    sums = np.stack([
        np.bincount(below, weights=gap * (1 - above), minlength=stretches + 1)
        + np.bincount(below + 1, weights=gap * above, minlength=stretches + 1)
        for gap in gaps
    ])  # fmt: skip
    return _cosines(sums / rows)


def _cosines(sums: Rows) -> Rows:
    """Coefficients a_k of sums of gaps at the places of the grid, (b, g + 1) each."""
    from scipy.fft import dct  # not at the top, because scipy is slow to import

    # The transform counts what lies inside twice, and the ends once.
    inside = np.concatenate([sums[:, :1], sums[:, 1:-1] / 2, sums[:, -1:]], axis=1)
    coefficients = 2 * dct(inside, type=1)
    coefficients[:, 0] /= 2
    return np.asarray(coefficients)


def _sizes(coefficients: Rows, bandwidth: Rows) -> Rows:
    """(b,) integral over 0..1 of the size of the smoothed gap. coefficients: (b, g + 1). bandwidth: (b,)."""
    from scipy.fft import dct

    stretches = coefficients.shape[1] - 1
    k = np.arange(stretches + 1)
    damped = coefficients * np.exp(-((np.pi * bandwidth[:, None] * k) ** 2) / 2)
    damped[:, 1:-1] /= 2  # as above: the transform counts these twice
    size = np.abs(np.asarray(dct(damped, type=1)))
    return np.asarray((size.sum(axis=1) - (size[:, 0] + size[:, -1]) / 2) / stretches)


def _fixed_point(coefficients: Rows, halvings: int) -> Rows:
    """(b,) the bandwidth at which the size is the bandwidth, which lies in 0..1 and is one alone."""
    low, high = np.zeros(len(coefficients)), np.ones(len(coefficients))
    for _ in range(halvings):
        middle = (low + high) / 2
        larger = _sizes(coefficients, middle) > middle
        low, high = np.where(larger, middle, low), np.where(larger, high, middle)
    return np.asarray((low + high) / 2)
