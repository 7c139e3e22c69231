"""What the principal components of the fitted rows cannot say of a row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from ...types import Floats


def reconstruction_error(fitted: Floats, features: Floats, share: float) -> NDArray[np.float64]:
    """(m,) squared distance of a row from the span of the first principal components, 0 or more.

    fitted: (n, d), features: (m, d), finite. share: 0..1, of the fitted rows' variance that the components keep at
    least. Higher is less in-distribution.
    """
    components = PCA(share, svd_solver="covariance_eigh").fit(np.asarray(fitted, np.float64))
    centred = np.asarray(features, np.float64) - components.mean_
    along = centred @ components.components_.T @ components.components_
    return np.asarray(np.square(centred - along).sum(axis=1))
