"""Whether a quantity rises along steps that every image goes through: corruption severity, share of altered labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Estimate, Floats
from .agreement import spearman
from .intervals import bootstrap_counts


def means_by_step(values: Floats, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> list[Estimate]:
    """Mean over images at each step, with percentile intervals over images drawn together for all steps.

    values: (m, steps) finite, a row per image.
    """

    def figures(counts: NDArray[Any]) -> Floats:
        return np.asarray((counts @ values.astype(np.float64) / len(values)).T)

    return bootstrap_counts(figures, len(values), n=n, seed=seed, level=level)


def trend(values: Floats, steps: Floats, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> Estimate:
    """Mean over images of the rank correlation of an image's own values with the steps: -1..1, 1 where all rise.

    Within images, so that how much images differ from one another neither hides a trend nor makes one. values:
    (m, steps) finite; an image whose values never change takes no part, and with none left it is NaN. steps: (steps,).
    """
    within = np.array([spearman(row, steps) for row in values])
    within = within[~np.isnan(within)]
    if not len(within):
        return Estimate(np.nan)
    return means_by_step(within[:, None], n=n, seed=seed, level=level)[0]
