"""Vectors of all images, in memory or in a file: who reads them block by block never needs to know which.

A block is some thousand rows, so that what is computed on the way does not grow with the number of images.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Bools, Floats

BLOCK_BYTES = 32 << 20  # large against the cost of asking for a block, small against a machine's memory
ROWS_STEP = 2048  # what the store reads and writes at once


class Vectors(ABC):
    """(n, d) float32 vectors that can be read any number of times, always in row order.

    `np.asarray(vectors)` is all of them in one array, for work that needs them together.
    """

    shape: tuple[int, int]

    @abstractmethod
    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """(rows, (m, d) array) from the first row to the last.

        The array is to be read, not changed, and only until the next block is asked for.
        """

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        whole = np.empty(self.shape, dtype or np.float32)
        for rows, block in self.blocks():
            whole[rows] = block
        return whole

    @cached_property
    def finite(self) -> Bools:
        """(n,) bool: rows without NaN or infinity; an image without a vector is a row of NaN."""
        found = np.empty(len(self), bool)
        for rows, block in self.blocks():
            found[rows] = np.isfinite(block).all(axis=1)
        return found

    def where(self, kept: Bools) -> Vectors:
        """These rows only. kept: (n,) bool."""
        return _Kept(self, kept)


class InMemory(Vectors):
    """An array as blocks of itself."""

    def __init__(self, array: Floats) -> None:
        self._array = array
        self.shape = (array.shape[0], array.shape[1])

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Views of the array."""
        for rows in block_rows(*self.shape):
            yield rows, self._array[rows]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self._array, dtype)


class _Kept(Vectors):
    """Some rows of other vectors."""

    def __init__(self, source: Vectors, kept: Bools) -> None:
        self._source, self._kept = source, kept
        self.shape = (int(kept.sum()), source.shape[1])

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """The source's blocks, each without the rows left out."""
        done = 0
        for rows, block in self._source.blocks():
            block = block[self._kept[rows]]
            yield slice(done, done + len(block)), block
            done += len(block)


def as_vectors(features: Floats | Vectors) -> Vectors:
    """Vectors of an array (n, d), or what is given where it is that already."""
    return features if isinstance(features, Vectors) else InMemory(features)


def block_rows(n: int, d: int) -> Iterator[slice]:
    """The rows of each block: the same cut wherever vectors of this shape lie, and so the same rounding."""
    step = max(BLOCK_BYTES // (4 * d * ROWS_STEP), 1) * ROWS_STEP
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))


def unit_rows(features: Floats) -> Floats:
    """Each row divided by its Euclidean length, float32; a row of zeros stays zeros."""
    features = np.asarray(features, dtype=np.float32)
    length = np.sqrt(np.einsum("nd,nd->n", features, features, dtype=np.float64))[:, None]
    unit: Floats = np.divide(features, length, out=np.zeros_like(features), where=length > 0, casting="same_kind")
    return unit
