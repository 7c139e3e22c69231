"""Energy: how much a model's logits say in all, where a probability says only how they are shared out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...types import Floats


def negative_energy(max_logit: Floats, confidence: Floats) -> NDArray[np.float64]:
    """log Σ exp(logit), the energy at temperature 1 with its sign turned. Liu et al. 2020, section 3.

    max_logit: (m,) the largest logit. confidence: (m,) its probability, above 0 and at most 1. Returns (m,), any range,
    higher is more in-distribution. The largest logit less the logarithm of its probability is that sum exactly, so the
    other logits, which nobody stores, are not needed.
    """
    return np.asarray(max_logit, np.float64) - np.log(np.asarray(confidence, np.float64))
