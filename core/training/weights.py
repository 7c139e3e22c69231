"""Difficulty weights for training: how strongly each image is regularised. No torch, so that a page may plot them."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from ..errors import BadInput, TooFewRows, command
from ..types import Floats

Normalise = Literal["minmax", "rank", "raw"]
CLIP_PERCENTILES = (0.1, 99.9)


def difficulty_range(difficulty: Floats) -> tuple[float, float]:
    """(r_min, r_max) that `difficulty_weights` clips and scales by: the 0.1 and 99.9 percentiles of the finite values.

    difficulty: (n,) float, higher is harder. A run that trains with the weights stores both.
    Raises TooFewRows if no value is finite.
    """
    finite = np.asarray(difficulty, dtype=np.float64)[np.isfinite(difficulty)]
    if not finite.size:
        raise TooFewRows("No image has a difficulty to weigh by.", "Run", command(None, "score", "rmd"))
    low, high = np.percentile(finite, CLIP_PERCENTILES)
    return float(low), float(high)


def difficulty_weights(
    difficulty: Floats, temperature: float = 0.7, c: float = 1e-3, normalise: Normalise = "minmax"
) -> Floats:
    """s_i = exp(r_i/T) / (max_j exp(r_j/T) + c), r the rescaled difficulty (Cui et al. 2023, Eq. 10).

    difficulty: (n,) float of the training images, higher is harder; all finite. Returns (n,) float64 in (0, 1).
    On raw RMD the formula is degenerate (nearly every s is 0), so r is rescaled; the paper does not say how.
    normalise: "minmax" to [0, 1] between `difficulty_range` (our reading); "rank" to [0, 1]; "raw" as printed, where
    the easiest weights may underflow to 0.
    Raises BadInput on a difficulty that is not finite, T <= 0, c <= 0 or another `normalise`.
    """
    raw = np.asarray(difficulty, dtype=np.float64)
    if temperature <= 0 or c <= 0 or normalise not in get_args(Normalise):
        raise BadInput(
            f"temperature {temperature}, c {c} and normalise {normalise!r} give no weights.",
            f"temperature and c must be above 0, and normalise one of {', '.join(get_args(Normalise))}.",
        )
    if not np.isfinite(raw).all():
        raise BadInput(
            f"{np.count_nonzero(~np.isfinite(raw))} of {raw.size} training images have no difficulty.",
            "Leave them out of training, or score them first",
            command(None, "score", "rmd"),
        )
    exponent = _rescaled(raw, normalise) / temperature
    # The logarithm of Eq. 10: no exp() that can overflow, and max + c stays exact when c outweighs max.
    weights: Floats = np.exp(exponent - np.logaddexp(exponent.max(), np.log(c)))
    return weights


def _rescaled(raw: Floats, normalise: Normalise) -> Floats:
    """r of Eq. 10."""
    if normalise == "raw":
        return raw
    if normalise == "rank":
        values, inverse, counts = np.unique(raw, return_inverse=True, return_counts=True)
        if values.size == 1:
            return np.zeros_like(raw)
        below = np.cumsum(counts) - counts
        ranks: Floats = (below + (counts - 1) / 2)[inverse] / (raw.size - 1)  # ties share their mean rank
        return ranks
    low, high = difficulty_range(raw)
    return (np.clip(raw, low, high) - low) / (high - low) if high > low else np.zeros_like(raw)
