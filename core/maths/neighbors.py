"""Nearest neighbours by cosine similarity: faiss, or a GPU, behind two functions.

Exact up to 100,000 rows, on a GPU up to a million. Beyond, an inverted file whose number of probed lists is doubled
until a sample of queries finds enough of its true neighbours; the recall measured there travels with the index. Where
faiss is built without GPUs, the arithmetic's own search is on one, which is exact for any number. What does not fit a
GPU's memory is searched on the CPU, and that is said.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..types import Floats, Ints
from .arithmetic import NUMPY, Arithmetic
from .vectors import unit_rows

logger = logging.getLogger(__name__)

EXACT_UP_TO, EXACT_UP_TO_ON_GPU = 100_000, 1_000_000
RECALL_WANTED = 0.98
RECALL_SAMPLE = 500
RECALL_K = 20
ROWS_PER_LIST = 39  # faiss warns below this many training rows a list
MOST_PROBED_ON_GPU = 2048  # lists that faiss can probe there
QUERIES_AT_ONCE = 1 << 16  # on a GPU, which holds them, their products and what is found beside the rows
SIMILARITY_DECIMALS = 6  # what float32 sums agree on whatever the block they are computed in


@dataclass(frozen=True)
class NeighborIndex:
    """Rows ready to be searched. index: a `RowSearch`. rows: their numbers, as the caller counts.

    recall: measured, 1 if exact. device: where they are searched, "cpu" or "cuda".
    """

    index: Any
    rows: Ints
    exact: bool
    recall: float
    device: str = "cpu"

    @property
    def recorded(self) -> dict[str, Any]:
        """What a score says of its search; of the device only where it is another than every machine has."""
        of_device = {} if self.device == NUMPY.device else {"device": self.device}
        return {"exact": self.exact, "recall": round(self.recall, 4), **of_device}


def build(
    features: Floats, rows: Ints | None = None, *, exact_up_to: int | None = None, on: Arithmetic = NUMPY
) -> NeighborIndex:
    """An index over features[rows] (all rows by default). features: (n, d) float, finite. on: where to search.

    exact_up_to: as the module says if None.
    """
    rows = np.arange(len(features)) if rows is None else np.asarray(rows)
    unit = unit_rows(features[rows])
    if on.number is not None:
        try:
            return _on_gpu(unit, rows, exact_up_to or exact_limit(on), on, on.number)
        except RuntimeError as error:  # of faiss and of PyTorch alike
            _refuse_but_memory(error)
            logger.warning("%d vectors do not fit the GPU's memory: their neighbours are found on the CPU", len(unit))
    index, recall = _faiss(unit, exact_up_to or exact_limit(NUMPY))
    return NeighborIndex(index, rows, recall is None, 1.0 if recall is None else recall)


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
    similarity, position = _search(index, unit_rows(queries), wanted)
    found = np.where(position >= 0, index.rows[position], -1)
    similarity = np.round(np.where(position >= 0, similarity, -np.inf), SIMILARITY_DECIMALS)
    similarity[found == own[:, None]] = -np.inf  # itself sorts last; where ties pushed it out, the furthest does
    order = np.lexsort((found, -similarity), axis=1)[:, :k]
    similarity, found = np.take_along_axis(similarity, order, 1), np.take_along_axis(found, order, 1)
    missing = np.isneginf(similarity)
    return np.where(missing, np.float32(np.nan), similarity).astype(np.float32), np.where(missing, -1, found)


def exact_limit(on: Arithmetic) -> int:
    """Rows up to which the search is exact."""
    return EXACT_UP_TO if on.number is None else EXACT_UP_TO_ON_GPU


def _on_gpu(unit: Floats, rows: Ints, exact_up_to: int, on: Arithmetic, number: int) -> NeighborIndex:
    """Raises RuntimeError where memory runs out."""
    import faiss

    if faiss.get_num_gpus() > number:
        resources = faiss.StandardGpuResources()
        index, recall = _faiss(
            unit, exact_up_to, lambda index: faiss.index_cpu_to_gpu(resources, number, index), MOST_PROBED_ON_GPU
        )
        return NeighborIndex(index, rows, recall is None, 1.0 if recall is None else recall, on.device)
    return NeighborIndex(on.exact_search(unit), rows, True, 1.0, on.device)


def _faiss(
    unit: Floats, exact_up_to: int, moved: Callable[[Any], Any] = lambda index: index, most_probed: int | None = None
) -> tuple[Any, float | None]:
    """faiss's index of the rows, and its recall, None if it is exact. moved: takes an empty index to where it lies."""
    import faiss

    flat = faiss.IndexFlatIP(unit.shape[1])
    if len(unit) <= exact_up_to:
        index = moved(flat)
        index.add(unit)
        return index, None
    lists = min(int(4 * np.sqrt(len(unit))), len(unit) // ROWS_PER_LIST)
    index = moved(faiss.IndexIVFFlat(flat, unit.shape[1], lists, faiss.METRIC_INNER_PRODUCT))
    index.train(unit)
    index.add(unit)
    return index, _probe_until_good(index, unit, min(lists, most_probed or lists))


def _search(index: NeighborIndex, unit: Floats, k: int) -> tuple[Floats, Ints]:
    """On a GPU in blocks of queries, halved where memory runs out. Raises RuntimeError where one does not fit."""
    at_once = len(unit) if index.device == NUMPY.device else QUERIES_AT_ONCE
    parts, start = [], 0
    while start < len(unit):
        block = unit[start : start + at_once]
        try:
            parts.append(index.index.search(block, k))
        except RuntimeError as error:
            _refuse_but_memory(error)
            if len(block) == 1:
                raise
            at_once = len(block) // 2
            logger.warning("The GPU ran out of memory with %d queries at once; going on with %d", len(block), at_once)
            continue
        start += len(block)
    similarity, position = zip(*parts, strict=True)
    return np.concatenate(similarity), np.concatenate(position)


def _refuse_but_memory(error: RuntimeError) -> None:
    """Raise the error again unless it says that memory has run out: faiss has no type of its own for that."""
    if "out of memory" not in str(error).lower():
        raise error


def _probe_until_good(index: Any, unit: Floats, most_probed: int) -> float:
    """Double the lists probed until the sample's recall is high enough; returns the recall reached."""
    import faiss

    sample = unit[np.linspace(0, len(unit) - 1, RECALL_SAMPLE).astype(int)]
    _, truth = faiss.knn(sample, unit, RECALL_K, metric=faiss.METRIC_INNER_PRODUCT)
    index.nprobe = 8
    while True:
        _, found = index.search(sample, RECALL_K)
        recall = float(np.mean([len(np.intersect1d(a, b)) / RECALL_K for a, b in zip(truth, found, strict=True)]))
        if recall >= RECALL_WANTED or index.nprobe >= most_probed:
            return recall
        index.nprobe = min(2 * index.nprobe, most_probed)
