"""Outliers: images unlike the rest, whatever their labels."""

from __future__ import annotations

import numpy as np

from ..maths.neighbors import build, nearest
from ..types import HARDER_HIGH, Floats, Ints, ScoreColumn
from .inputs import Inputs, reasons, required_features
from .inputs.asks import Asks
from .registry import register


def local_outlier_factor(distance: Floats, found: Ints, is_fit: Ints) -> Floats:
    """How much sparser an image's surroundings are than its neighbours' own: about 1 inside a cluster.

    distance, found: (n, k) to the nearest fitted rows and which rows they are; is_fit: row numbers that were
    fitted on, whose own distances give the neighbours' densities. Returns (n,) float64, >= 0, higher is harder.
    Breunig, Kriegel, Ng & Sander 2000, definitions 5-7.
    """
    kth = np.full(len(distance), np.nan)
    kth[is_fit] = distance[is_fit, -1]
    reach = np.maximum(distance, kth[found])
    density = 1.0 / (reach.mean(axis=1) + 1e-10)  # as scikit-learn: more than k duplicates have no distance at all
    return np.asarray(density[found].mean(axis=1) / density)


@register(
    "outlier",
    needs={"features", "fit"},
    may_use={"arithmetic"},
    source="Ramaswamy, Rastogi & Shim 2000 (distance to neighbours); Breunig et al. 2000 (local outlier factor)",
    direction=HARDER_HIGH,
    asks=Asks(images=2),
)
def outlier(inputs: Inputs, k: int = 20) -> list[ScoreColumn]:
    """Distance from the k most similar training images: atypical images first, labels unused.

    Two columns, both higher is harder. outlier: mean Euclidean distance between unit vectors, 0..2.
    outlier_local: the local outlier factor, which forgives images in regions that are sparse for everybody.
    """
    features = required_features(inputs, "outlier")
    rows = np.flatnonzero(inputs.fit)
    index = build(features, rows, on=inputs.arithmetic)
    similarity, found = nearest(index, features, k, query_rows=np.arange(len(features)))
    distance = np.sqrt(np.maximum(2.0 - 2.0 * similarity.astype(np.float64), 0.0))
    mean_distance, factor = distance.mean(axis=1), local_outlier_factor(distance, found, rows)
    return [
        ScoreColumn(
            name=name,
            values=values.astype(np.float32),
            direction=HARDER_HIGH,
            scorer="outlier",
            parameters={"k": k, "distance": "Euclidean between unit vectors", **index.recorded},
            fitted_on=f"{len(rows)} training images, each without itself",
            reason=reasons(without_enough_neighbours=np.isnan(values)),
        )
        for name, values in (("outlier", mean_distance), ("outlier_local", factor))
    ]
