"""Regions of the data map: what a model learned easily, what it stayed unsure of, and what it hardly learned.

Swayamdipta et al. 2020 take a third of the images by each measure, which overlap, and Seedat et al. 2022 the median of
the uncertainty and means of 0.25 and 0.75. Ours is a choice by which each image is in one region: ambiguous is the
third whose probability of the given label varies most over epochs; of the others, those are easy to learn whose mean is
an even chance or more, and hard to learn those below.
"""

from __future__ import annotations

import numpy as np

from ..types import Floats, Ints

EASY, AMBIGUOUS, HARD = "easy to learn", "ambiguous", "hard to learn"
REGIONS = (EASY, AMBIGUOUS, HARD)
VARIABLE_SHARE = 1 / 3
EVEN_CHANCE = 0.5
MOST_VARIABLE = 0.5
"""The largest standard deviation that numbers from 0 to 1 can have."""


def variable_from(sd: Floats) -> float:
    """The standard deviation from which an image is ambiguous: the third of the highest has it. NaN for no image.

    sd: (n,) over epochs; NaN takes no part. Rounded as an address carries it, so that a count is that of what opens.
    Where fewer than a third vary at all, those that do are ambiguous.
    """
    known = sd[np.isfinite(sd)]
    if not len(known):
        return float("nan")
    third = float(np.quantile(known, 1 - VARIABLE_SHARE))
    below_all_that_vary = float(known[known > 0].min(initial=MOST_VARIABLE)) / 2
    return float(f"{third or below_all_that_vary:.5g}")


def regions_of(mean: Floats, sd: Floats, variable: float) -> Ints:
    """(n,) int, which of REGIONS each image is in. mean, sd: (n,) finite. variable: as `variable_from` gives it."""
    learned = np.where(mean >= EVEN_CHANCE, REGIONS.index(EASY), REGIONS.index(HARD))
    return np.where(sd >= variable, REGIONS.index(AMBIGUOUS), learned)
