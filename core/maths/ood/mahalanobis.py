"""Mahalanobis distance to the nearest class: Lee et al. 2018, without their change of the input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...types import Floats
from ..gaussians import Gaussians


def nearest_class_distance(gaussians: Gaussians, features: Floats) -> NDArray[np.float64]:
    """(m,) squared distance to the nearest of the class means under the covariance within classes, 0 or more.

    features: (m, d), finite. Higher is less in-distribution. Classes the fit had no row of are not among them.
    """
    u = (np.asarray(features, np.float64) - gaussians.mean) @ gaussians.directions
    told, rest = u[:, : gaussians.rank], u[:, gaussians.rank :]
    centres = gaussians.centres[gaussians.counts > 0]
    nearest = np.full(len(u), np.inf)
    for centre in centres:  # one at a time: all differences at once would be (m, K, rank)
        np.minimum(nearest, np.square(told - centre).sum(axis=1), out=nearest)
    return np.asarray(nearest + np.square(rest).sum(axis=1))
