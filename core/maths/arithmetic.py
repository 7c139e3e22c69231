"""Where the dear sums of scores are computed: by numpy here, or by an array library that a caller brings.

A formula stands once, in operators and functions that both libraries spell alike (`xp`); what they spell differently,
or what one of them does much faster in a way of its own, are the few methods here. Which one computes is an argument.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.linalg import get_blas_funcs
from scipy.sparse import csr_array

from ..types import Floats, Ints

_syrk = get_blas_funcs("syrk", dtype=np.float64)


class RowSearch(Protocol):
    """What faiss and PyTorch both answer: the k rows of highest inner product of each query."""

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        """queries: (m, d) float32. Returns (m, k) inner products, falling, and positions; -1 where there are fewer."""


class Arithmetic(Protocol):
    """An array library on a device.

    xp: its functions, under numpy's names. device: "cpu" or "cuda". number: of the GPU, None without one.
    rows_at_once: rows of vectors that are worked on together. precision: in which distances are computed at least.
    """

    xp: Any
    device: str
    number: int | None
    rows_at_once: int
    precision: DTypeLike

    def put(self, array: NDArray[Any]) -> Any:
        """The array there."""

    def take(self, array: Any) -> NDArray[Any]:
        """An array from there, as numpy's."""

    def centred(self, rows: Floats, mean: Any, dtype: DTypeLike) -> Any:
        """rows (m, d) of numpy's less mean (d,) float64 of there, in float64, then as dtype."""

    def plus_products(self, total: Any, rows: Any) -> Any:
        """total (d, d) + rowsᵀ rows, float64, in place where that can be; at least the upper triangle of it."""

    def plus_by_class(self, totals: Any, rows: Any, labels: Ints) -> None:
        """Add each row (m, d) to its class's in totals (K, d), float64. labels: (m,) of numpy's, in 0..K-1."""

    def exact_search(self, unit: Floats) -> RowSearch | None:
        """A search among all of (n, d) float32 there, None where this library has none of its own."""


class Numpy:
    """numpy with BLAS and SciPy's sparse products, on the CPU."""

    xp: Any = np
    device = "cpu"
    number: int | None = None
    rows_at_once = 2048  # 8 MB of float64 at d = 512, small against the cache misses that larger ones cost
    precision: DTypeLike = np.float32  # twice as fast as float64, and good to 1e-5 of the distances' standard deviation

    def put(self, array: NDArray[Any]) -> NDArray[Any]:
        """The array itself."""
        return array

    def take(self, array: NDArray[Any]) -> NDArray[Any]:
        """The array itself."""
        return array

    def centred(self, rows: Floats, mean: Any, dtype: DTypeLike) -> NDArray[Any]:
        """See `Arithmetic`."""
        return np.asarray(np.subtract(rows, mean, dtype=np.float64), dtype)

    def plus_products(self, total: Any, rows: Any) -> NDArray[np.float64]:
        """The upper triangle: syrk does half the work of a product; .T of a C array is a Fortran array, so no copy."""
        return np.asarray(_syrk(1.0, rows.T, beta=1.0, c=np.asfortranarray(total), overwrite_c=True))

    def plus_by_class(self, totals: Any, rows: Any, labels: Ints) -> None:
        """See `Arithmetic`."""
        present, place = np.unique(labels, return_inverse=True)
        shape = (len(present), len(labels))
        totals[present] += csr_array((np.ones(len(labels)), (place, np.arange(len(labels)))), shape=shape) @ rows

    def exact_search(self, unit: Floats) -> None:
        """None: on the CPU faiss searches."""


NUMPY: Arithmetic = Numpy()
