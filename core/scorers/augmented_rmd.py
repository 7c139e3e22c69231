"""RMD fitted to several augmented passes over the training images, and how much it depends on the pass."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..errors import TooFewRows
from ..gaussians import DEFAULT_RIDGE, gaussians_from, own_class_distance
from ..moments import accumulate, pilot_shift, pooled
from ..types import UNLABELLED, Bools, Floats, Ints
from .rmd import Reduction, resolve_pca


def augmented_relative_mahalanobis(
    passes: Iterable[Floats],
    features: Floats,
    labels: Ints,
    n_classes: int,
    *,
    fit: Bools | None = None,
    pca: Reduction = "auto",
    ridge: float = DEFAULT_RIDGE,
) -> tuple[Floats, Floats]:
    """RMD of the unaugmented images from Gaussians that pool augmented passes, and its spread over the passes.

    passes: (n, d) each, the same rows under another crop and flip; read once, one in memory at a time.
    features: (n, d) unaugmented, which are scored. labels, fit, pca, ridge: as in `relative_mahalanobis`.
    Returns two (n,) float32: the score, higher is harder, and the standard deviation (ddof 1) over fits to one pass.
    Raises TooFewRows with fewer than two passes. Cui et al. 2023, section 4, uses five.
    """
    kept = labels != UNLABELLED if fit is None else fit & (labels != UNLABELLED)
    components = resolve_pca(pca, int(kept.sum()), features.shape[1])
    shift = pilot_shift(features[np.flatnonzero(kept)[:1000]])
    sums, scores = [], []
    for augmented in passes:
        one = accumulate(augmented[kept], labels[kept], n_classes, shift)
        gaussians = gaussians_from(one, pca=components, ridge=ridge)
        sums.append(one)
        scores.append(own_class_distance(gaussians, features, labels, relative=True))
    if len(sums) < 2:
        raise TooFewRows(f"A spread needs two augmented passes, and there are {len(sums)}.", "Ask for 2 or more.")
    everything = gaussians_from(pooled(sums), pca=components, ridge=ridge)
    score = own_class_distance(everything, features, labels, relative=True)
    return score, np.std(scores, axis=0, ddof=1, dtype=np.float64).astype(np.float32)
