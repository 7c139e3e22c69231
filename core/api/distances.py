"""Distances of images to their classes, as functions of arrays."""

from __future__ import annotations

from typing import Any

from ..maths.gaussians import DEFAULT_RIDGE
from ..scorers.md import mahalanobis as mahalanobis_of
from ..scorers.rmd import Reduction, resolve_pca
from ..scorers.rmd import relative_mahalanobis as relative_mahalanobis_of
from ..types import UNLABELLED, Floats
from .arguments.arrays import real, reduction
from .arguments.features import read_labelled


def relative_mahalanobis(
    features: Any, labels: Any, *, fit: Any = None, pca: Reduction = "auto", ridge: float = DEFAULT_RIDGE
) -> Floats:
    """How far each image lies from its class, beyond how far it lies from everything: squared distances, RMD.

    features: (n, d). labels: (n,) text or whole numbers, None or -1 for none. fit: (n,) bool, images to fit on, all by
    default. pca: "auto" (128 components where there are fewer than 20 d labelled images to fit on), None, a number of
    components, or a share of variance. ridge: 0 or more, in units of the mean variance within classes.
    Returns (n,) float32, any sign, higher is harder; NaN for the unlabelled and for classes without an image to fit on.
    Raises BadInput where no covariance exists. Cui et al. 2023, section 3.
    """
    vectors, given, rows = read_labelled(features, labels, fit)
    return relative_mahalanobis_of(
        vectors, given.codes, given.n_classes, fit=rows, pca=reduction("pca", pca), ridge=real("ridge", ridge, 0)
    )


def mahalanobis(
    features: Any, labels: Any, *, fit: Any = None, pca: Reduction = None, ridge: float = DEFAULT_RIDGE
) -> Floats:
    """Squared Mahalanobis distance of each image to its class, one covariance for all classes.

    Arguments as for `relative_mahalanobis`; pca is None, which reduces nothing. Returns (n,) float32, 0 or more, higher
    is harder; NaN for the unlabelled and for classes without an image to fit on.
    Raises BadInput where no covariance exists. Lee et al. 2018.
    """
    vectors, given, rows = read_labelled(features, labels, fit)
    fitted = int((rows & (given.codes != UNLABELLED)).sum())
    components = resolve_pca(reduction("pca", pca), fitted, vectors.shape[1])
    return mahalanobis_of(
        vectors, given.codes, given.n_classes, fit=rows, ridge=real("ridge", ridge, 0), pca=components
    )
