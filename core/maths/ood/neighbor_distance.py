"""Distance to the k-th nearest neighbour among features of unit length: Sun et al. 2022."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from ...types import Floats


def neighbor_distance(fitted: Floats, features: Floats, k: int) -> NDArray[np.float64]:
    """(m,) Euclidean distance to the k-th nearest fitted row, all scaled to length 1: 0..2.

    fitted: (n, d), features: (m, d), finite; 1 <= k <= n. Higher is less in-distribution. A row of zeros stays so.
    """
    # In float64: the usual search by inner products in float32 loses all digits of a small distance.
    index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(normalize(np.asarray(fitted, np.float64)))
    distances, _ = index.kneighbors(normalize(np.asarray(features, np.float64)))
    return np.asarray(distances[:, -1])
