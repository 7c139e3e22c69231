"""Density by a Gaussian kernel around every fitted row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.metrics import pairwise_distances_chunked

from ...types import Floats

BLOCK = 128  # MB of distances held at once


def log_density(fitted: Floats, features: Floats) -> NDArray[np.float64]:
    """(m,) logarithm of the kernel density estimate in standardised columns, any range, higher is more in-distribution.

    fitted: (n, d), features: (m, d), finite, n >= 2. Columns are divided by their standard deviation over the fitted
    rows, those that do not vary there left out; the bandwidth is Scott's (1992), n^(-1/(d + 4)) of the columns left.
    The same as scikit-learn's KernelDensity to rounding, whose trees take minutes where there are hundreds of columns
    and a matrix product takes a second.
    """
    fitted, features = (np.asarray(rows, np.float64) for rows in (fitted, features))
    sd = fitted.std(axis=0)
    varies = sd > 0
    mean, sd = fitted.mean(axis=0)[varies], sd[varies]
    points, queries = ((rows[:, varies] - mean) / sd for rows in (fitted, features))
    n, d = points.shape
    bandwidth = n ** (-1 / (d + 4))
    constant = np.log(n) + d * np.log(bandwidth) + d / 2 * np.log(2 * np.pi)
    blocks = pairwise_distances_chunked(queries, points, metric="sqeuclidean", working_memory=BLOCK)
    kernels = [logsumexp(block / (-2 * bandwidth**2), axis=1) for block in blocks]
    return np.asarray(np.concatenate(kernels) - constant)
