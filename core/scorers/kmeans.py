"""K-means: how far an image lies from the nearest of K cluster centres, labels unseen."""

from __future__ import annotations

import numpy as np

from ..errors import TooFewRows, command
from ..maths.folds import row_keys
from ..maths.gaussians import fit_pca
from ..maths.moments import accumulate, pilot_shift
from ..types import HARDER_HIGH, Bools, Floats, ScoreColumn
from ..wording import counted
from .inputs import Inputs, required_features
from .registry import register
from .rmd import Reduction, resolve_pca

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
    form=2,
)
def kmeans(inputs: Inputs, clusters: int | None = None, seed: int = 0, pca: Reduction = "auto") -> list[ScoreColumn]:
    """Distance to the nearest k-means centroid: images unlike any cluster first, labels unused.

    0 or more, higher is harder. kmeans: of the embedding as it is. kmeans_pca: after RMD's reduction, left out where
    RMD reduces nothing. clusters: as many as classes by default. pca: as RMD's.
    """
    features, wanted = required_features(inputs, "kmeans"), clusters or inputs.n_classes
    if wanted < 1:
        raise TooFewRows(
            "kmeans makes as many clusters as there are classes, and there is no class.", "Say how many",
            command(None, "score", "kmeans", "--set", "clusters=10"),
        )  # fmt: skip
    if wanted >= (images := int(inputs.fit.sum())):
        raise TooFewRows(
            f"kmeans of {counted(wanted, 'cluster')} needs more images than that to learn from, and there "
            f"{'is' if images == 1 else 'are'} {images:,}: each would be a cluster of its own.", "Say how many",
            command(None, "score", "kmeans", "--set", "clusters=10"),
        )  # fmt: skip
    columns = [_column(inputs, features, "kmeans", wanted, seed, None)]
    components = resolve_pca(pca, int(inputs.fit.sum()), features.shape[1])
    if components is not None:
        columns.append(
            _column(
                inputs,
                reduced(features, inputs.fit, components),
                "kmeans_pca",
                wanted,
                seed,
                components,
            )
        )
    return columns


def reduced(features: Floats, fit: Bools, components: int | float) -> Floats:
    """(n, p) float32: the features along the directions in which the rows to fit on vary most, as RMD reduces them.

    features: (n, d). fit: (n,) bool, at least one row. components: as of `fit_pca`.
    """
    rows = features[fit]
    basis = fit_pca(accumulate(rows, np.zeros(len(rows), np.int64), 1, pilot_shift(rows)), components)
    centred = features - rows.mean(axis=0, dtype=np.float64).astype(np.float32)  # in float32, only after centring
    return np.asarray(centred @ basis.astype(np.float32))


def _column(
    inputs: Inputs, features: Floats, name: str, wanted: int, seed: int, components: int | float | None
) -> ScoreColumn:
    n_fit = min(int(inputs.fit.sum()), MAX_FIT_ROWS)
    return ScoreColumn(
        name=name,
        values=nearest_centroid_distance(features, wanted, fit=inputs.fit, seed=seed),
        direction=HARDER_HIGH,
        scorer="kmeans",
        parameters={"clusters": wanted, "seed": seed, "components": components},
        fitted_on=f"{n_fit} of {int(inputs.fit.sum())} training images",
    )
