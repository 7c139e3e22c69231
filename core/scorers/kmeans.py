"""K-means: how far an image lies from the nearest of K cluster centres, labels unseen."""

from __future__ import annotations

import numpy as np

from ..maths.folds import row_keys
from ..types import HARDER_HIGH, Bools, Floats, ScoreColumn
from .inputs import Inputs, reasons, required_features
from .registry import register

MAX_FIT_ROWS = 50_000  # centres settle long before, and each round costs rows × clusters × d


def nearest_centroid_distance(features: Floats, n_clusters: int, *, fit: Bools | None = None, seed: int = 0) -> Floats:
    """Euclidean distance of each row to the nearest of K centroids of the rows to fit on.

    features: (n, d). fit: (n,) bool, at least one row, all by default. n_clusters: distinct rows at most are used.
    Returns (n,) float32, 0 or more, higher is harder. The comparator of Cui et al. 2023, Tables 8 and 10.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import pairwise_distances_argmin_min

    rows = np.arange(len(features)) if fit is None else np.flatnonzero(fit)
    keys = row_keys(features[rows], seed)
    # The initial centres are drawn by position, so rows are put in an order that depends on what they hold.
    chosen = rows[np.argsort(keys, kind="stable")[:MAX_FIT_ROWS]]
    clusters = min(n_clusters, len(np.unique(features[chosen], axis=0)))
    kmeans = KMeans(clusters, n_init=1, random_state=seed).fit(features[chosen])
    return np.asarray(pairwise_distances_argmin_min(features, kmeans.cluster_centers_)[1], np.float32)


@register(
    "kmeans",
    needs={"features", "fit"},
    source="k-means comparator of Cui et al. 2023, Tables 8 and 10",
    direction=HARDER_HIGH,
)
def kmeans(inputs: Inputs, clusters: int | None = None, seed: int = 0) -> list[ScoreColumn]:
    """Distance to the nearest k-means centroid: images unlike any cluster first, labels unused.

    0 or more, higher is harder. clusters: as many as classes by default.
    """
    features = required_features(inputs, "kmeans")
    wanted = clusters or inputs.n_classes
    values = np.full(len(features), np.nan, np.float32)
    if inputs.fit.any():
        values = nearest_centroid_distance(features, wanted, fit=inputs.fit, seed=seed)
    n_fit = min(int(inputs.fit.sum()), MAX_FIT_ROWS)
    return [
        ScoreColumn(
            name="kmeans",
            values=values,
            direction=HARDER_HIGH,
            scorer="kmeans",
            parameters={"clusters": wanted, "seed": seed},
            fitted_on=f"{n_fit} of {int(inputs.fit.sum())} training images",
            reason=reasons(without_a_training_image_to_cluster=np.isnan(values)),
        )
    ]
