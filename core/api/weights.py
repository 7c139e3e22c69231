"""How strongly each image is regularised in difficulty-aware training."""

from __future__ import annotations

from typing import Any, get_args

from ..training import weights
from ..training.weights import Normalise
from ..types import Floats
from .arguments.arrays import Wanted, numbers, one_of, real

DIFFICULTY = Wanted("one finite number a training image, (n,), higher is harder", 1)


def difficulty_weights(
    difficulty: Any, *, temperature: float = 0.7, c: float = 1e-3, normalise: Normalise = "minmax"
) -> Floats:
    """The weight of each training image in the difficulty-aware loss.

    difficulty: (n,) finite, higher is harder. temperature, c: above 0. normalise: "minmax" between the 0.1 and the 99.9
    percentile, "rank", or "raw" as printed. Returns (n,) float64 in 0..1, higher for harder images.
    Raises BadInput. Cui et al. 2023, equation 10.
    """
    values = numbers("difficulty", difficulty, DIFFICULTY)
    how: Any = one_of("normalise", normalise, get_args(Normalise))
    return weights.difficulty_weights(
        values, real("temperature", temperature, 0, above=True), real("c", c, 0, above=True), how
    )
