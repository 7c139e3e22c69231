"""Cluster centres of vectors, by k-means on a sample of them, and which centres are nearest to a row."""

from __future__ import annotations

import numpy as np

from ...types import Floats, Ints
from ..folds import row_keys

ROUNDS = 10
ROWS_PER_CENTRE = 50  # of the sample: faiss warns below 39


def clusters_for(n: int, one_up_to: int) -> int:
    """How many clusters n rows are divided into: one up to a limit, then as many as each has rows.

    With so many, finding a row's cluster costs as much as comparing it with the rows of one.
    """
    return 1 if n <= one_up_to else round(float(np.sqrt(n)))


def find_centres(unit: Floats, count: int, seed: int = 0) -> Floats:
    """The centres of at most `count` clusters, fewer where there are fewer different rows; unit vectors.

    unit: (n, d) float32 of length 1, one row at least. Returns (C, d) float32. Spherical k-means: Dhillon & Modha 2001.
    """
    import faiss

    count = min(count, len(np.unique(row_keys(unit, seed))))
    # faiss would draw from more rows than that by itself, and warns below 39 rows a centre.
    means = faiss.Kmeans(
        unit.shape[1], count, niter=ROUNDS, spherical=True, seed=seed, min_points_per_centroid=1,
        max_points_per_centroid=len(unit),
    )  # fmt: skip
    means.train(np.ascontiguousarray(unit, np.float32))
    return np.asarray(means.centroids, np.float32)


def nearest_centres(centres: Floats, unit: Floats, most: int) -> Ints:
    """(n, most) the centres most similar to each row, the nearest first. most: cut to the centres there are."""
    import faiss

    index = faiss.IndexFlatIP(centres.shape[1])
    index.add(centres)
    if not len(unit):
        return np.empty((0, min(most, len(centres))), np.int64)
    return np.asarray(index.search(np.ascontiguousarray(unit, np.float32), min(most, len(centres)))[1])
