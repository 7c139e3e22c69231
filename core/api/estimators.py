"""RMD as a scikit-learn estimator, for pipelines, searches and whatever else speaks that convention."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d, validate_data

from ..errors import BadInput
from ..maths.gaussians import DEFAULT_RIDGE, Gaussians, class_distances, fit_gaussians, own_class_distance
from ..scorers.rmd import Reduction, resolve_pca
from ..types import UNLABELLED, Ints
from .arguments.arrays import real, reduction

Float64s = NDArray[np.float64]


class RMD(BaseEstimator):
    """Relative Mahalanobis distance, fitted once and asked of any rows.

    `difficulty` is the score as everywhere in Hardlook: higher is harder. `score_samples` is its negative, because
    scikit-learn's is higher for what is more normal. Both take the rows' labels, and without them measure to the
    nearest class, which tells out-of-distribution rows.

    pca: "auto" (128 components where there are fewer than 20 d rows), None, a number of components or a share of
    variance. ridge: 0 or more, in units of the mean variance within classes. After `fit`: classes_ (K,),
    n_features_in_. Computed in float64. Wrong input raises ValueError, as estimators do. Cui et al. 2023, section 3.
    """

    classes_: NDArray[Any]
    n_features_in_: int

    def __init__(self, pca: Reduction = "auto", ridge: float = DEFAULT_RIDGE) -> None:
        self.pca = pca
        self.ridge = ridge

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the Gaussians. X: (n, d) finite, two rows or more. y: (n,) labels, every row having one."""
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        try:
            components = resolve_pca(reduction("pca", self.pca), *X.shape)
            ridge = real("ridge", self.ridge, 0)
            self._gaussians: Gaussians = fit_gaussians(X, codes, len(self.classes_), ridge=ridge, pca=components)
        except BadInput as error:
            raise ValueError(str(error)) from error
        return self

    def difficulty(self, X: Any, y: Any = None) -> Float64s:
        """(m,) float64, any sign, higher is harder: to the class of each label, or to the nearest one without y.

        X: (m, d). y: (m,) labels that were fitted.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        if y is not None:
            return np.asarray(
                own_class_distance(self._gaussians, X, self._codes(y, len(X)), relative=True, dtype=np.float64)
            )
        nearest = np.empty(len(X))
        nobody = np.full(len(X), UNLABELLED)
        for rows, _, distances in class_distances(self._gaussians, X, nobody, dtype=np.float64):
            nearest[rows] = distances.min(axis=1)
        return nearest

    def score_samples(self, X: Any, y: Any = None) -> Float64s:
        """(m,) float64, minus the difficulty: higher is more normal, as scikit-learn's density and outlier models."""
        return -self.difficulty(X, y)

    def _codes(self, y: Any, n: int) -> Ints:
        given = column_or_1d(check_array(y, ensure_2d=False, dtype=None), warn=True)
        if len(given) != n:
            raise ValueError(f"y has {len(given)} labels, and X {n} rows.")
        codes = np.clip(np.searchsorted(self.classes_, given), 0, len(self.classes_) - 1)
        strange = self.classes_[codes] != given
        if strange.any():
            row = int(np.argmax(strange))
            raise ValueError(f"y has {given.tolist()[row]!r} in row {row}, which is no class that was fitted.")
        return np.asarray(codes)

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call]
        tags.target_tags.required = True
        return tags
