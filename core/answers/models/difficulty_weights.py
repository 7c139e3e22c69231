"""The distribution of the weights s that difficulty-aware training would give the training images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np

from ...store import views
from ...training.weights import Normalise, difficulty_weights
from ...types import HARDER_LOW, TRAIN_SPLIT, UNLABELLED, Floats
from ..view.choices import ScoreChoice
from ..view.reader import Reader

__all__ = ["NORMALISATIONS", "TEMPERATURES", "Normalise", "WeightCounts", "weight_counts"]

NORMALISATIONS: tuple[Normalise, ...] = get_args(Normalise)
TEMPERATURES = (0.3, 0.5, 0.7, 1.0, 2.0)
BINS = 40


@dataclass(frozen=True, eq=False)
class WeightCounts:
    """Images by weight at one temperature. share: (BINS,) of the n images in equal stretches of 0..1. mean: of s."""

    temperature: float
    share: Floats
    mean: float
    n: int


def weight_counts(reader: Reader, score: ScoreChoice, normalise: Normalise) -> list[WeightCounts]:
    """One distribution for each of TEMPERATURES, over labelled training images that have the score; none without any.

    A score whose low end is hard is turned round. Cui et al. 2023, equation 10 and figure 10.
    """
    values = views.score(reader.hub, score.address).astype(np.float64)
    training = reader.splits.index(TRAIN_SPLIT) if TRAIN_SPLIT in reader.splits else -1
    rows = (reader.split_codes == training) & (reader.labels != UNLABELLED) & np.isfinite(values)
    if not rows.any():
        return []
    difficulty = -values[rows] if score.direction == HARDER_LOW else values[rows]
    found = []
    for temperature in TEMPERATURES:
        s = difficulty_weights(difficulty, temperature, normalise=normalise)
        counts, _ = np.histogram(s, BINS, (0.0, 1.0))
        found.append(WeightCounts(temperature, counts / len(s), float(s.mean()), len(s)))
    return found
