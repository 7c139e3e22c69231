"""Nearest neighbours by cosine similarity: faiss behind two functions.

Exact up to 100,000 rows. Beyond, an inverted file whose number of probed lists is doubled until a sample of
queries finds enough of its true neighbours; the recall measured there travels with the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..types import Floats, Ints

EXACT_UP_TO = 100_000
RECALL_WANTED = 0.98
RECALL_SAMPLE = 500
RECALL_K = 20
ROWS_PER_LIST = 39  # faiss warns below this many training rows a list
SIMILARITY_DECIMALS = 6  # what float32 sums agree on whatever the block they are computed in


@dataclass(frozen=True)
class NeighborIndex:
    """Rows ready to be searched. rows: their numbers, as the caller counts. recall: measured, 1 if exact."""

    index: Any
    rows: Ints
    exact: bool
    recall: float


def unit_rows(features: Floats) -> Floats:
    """Each row divided by its Euclidean length, float32; a row of zeros stays zeros."""
    features = np.asarray(features, dtype=np.float32)
    length = np.sqrt(np.einsum("nd,nd->n", features, features, dtype=np.float64))[:, None]
    unit: Floats = np.divide(features, length, out=np.zeros_like(features), where=length > 0, casting="same_kind")
    return unit


def build(features: Floats, rows: Ints | None = None, *, exact_up_to: int = EXACT_UP_TO) -> NeighborIndex:
    """An index over features[rows] (all rows by default). features: (n, d) float, finite."""
    import faiss

    rows = np.arange(len(features)) if rows is None else np.asarray(rows)
    unit = unit_rows(features[rows])
    flat = faiss.IndexFlatIP(unit.shape[1])
    if len(rows) <= exact_up_to:
        flat.add(unit)
        return NeighborIndex(flat, rows, True, 1.0)
    lists = min(int(4 * np.sqrt(len(rows))), len(rows) // ROWS_PER_LIST)
    index = faiss.IndexIVFFlat(flat, unit.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
    index.train(unit)
    index.add(unit)
    return NeighborIndex(index, rows, False, _probe_until_good(index, unit))


def nearest(index: NeighborIndex, queries: Floats, k: int, *, query_rows: Ints | None = None) -> tuple[Floats, Ints]:
    """The k most similar indexed rows of each query, itself left out.

    queries: (m, d) float. query_rows: (m,) the queries' own row numbers, so that none is its own neighbour; None
    if no query is indexed. Returns cosine similarity (m, k) float32, falling, and row numbers (m, k); k is cut
    to the rows there are, and equal similarities come in row order. Where an inverted file finds fewer than k,
    the rest is NaN and -1.
    """
    own = np.full(len(queries), -1) if query_rows is None else np.asarray(query_rows)
    indexed = np.isin(own, index.rows).any()
    k = min(k, len(index.rows) - int(indexed))
    if k <= 0 or len(queries) == 0:
        return np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    wanted = min(k + int(indexed), len(index.rows))
    similarity, position = index.index.search(unit_rows(queries), wanted)
    found = np.where(position >= 0, index.rows[position], -1)
    similarity = np.round(np.where(position >= 0, similarity, -np.inf), SIMILARITY_DECIMALS)
    similarity[found == own[:, None]] = -np.inf  # itself sorts last; where ties pushed it out, the furthest does
    order = np.lexsort((found, -similarity), axis=1)[:, :k]
    similarity, found = np.take_along_axis(similarity, order, 1), np.take_along_axis(found, order, 1)
    missing = np.isneginf(similarity)
    return np.where(missing, np.float32(np.nan), similarity).astype(np.float32), np.where(missing, -1, found)


def _probe_until_good(index: Any, unit: Floats) -> float:
    """Double the lists probed until the sample's recall is high enough; returns the recall reached."""
    import faiss

    sample = unit[np.linspace(0, len(unit) - 1, RECALL_SAMPLE).astype(int)]
    _, truth = faiss.knn(sample, unit, RECALL_K, metric=faiss.METRIC_INNER_PRODUCT)
    index.nprobe = 8
    while True:
        _, found = index.search(sample, RECALL_K)
        recall = float(np.mean([len(np.intersect1d(a, b)) / RECALL_K for a, b in zip(truth, found, strict=True)]))
        if recall >= RECALL_WANTED or index.nprobe >= index.nlist:
            return recall
        index.nprobe = min(2 * index.nprobe, index.nlist)
