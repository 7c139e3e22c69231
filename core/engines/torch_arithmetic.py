"""The arithmetic of scores by PyTorch, on a GPU or, to be compared, on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from ..types import Floats, Ints

QUERIES_AT_ONCE, SEARCHED_AT_ONCE = 2048, 65_536
"""Of each tile of inner products that a search holds: half a gigabyte."""


class TorchArithmetic:
    """See `Arithmetic` in core/maths/arithmetic.py. Products of float32 are of float32 in full: PyTorch's default.

    Distances are of float64: summed in PyTorch's order, float32 was off by three times what it is in numpy's.
    """

    xp: Any = torch
    rows_at_once = 8192  # 32 MB of float64 at d = 512: enough work to hide what starting it costs
    precision: DTypeLike = np.float64

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.device = device.type
        self.number = (device.index or 0) if device.type == "cuda" else None

    def put(self, array: NDArray[Any]) -> Tensor:
        """A copy of the array there."""
        return torch.from_numpy(np.array(array, order="C")).to(self._device)

    def take(self, array: Tensor) -> NDArray[Any]:
        """See `Arithmetic`."""
        return np.asarray(array.cpu().numpy())

    def centred(self, rows: Floats, mean: Tensor, dtype: DTypeLike) -> Tensor:
        """See `Arithmetic`. The rows travel as they are, and become float64 there."""
        return (self.put(rows).double() - mean).to(getattr(torch, np.dtype(dtype).name))

    def plus_products(self, total: Tensor, rows: Tensor) -> Tensor:
        """See `Arithmetic`."""
        return total.addmm_(rows.T, rows)

    def plus_by_class(self, totals: Tensor, rows: Tensor, labels: Ints) -> None:
        """See `Arithmetic`. `index_put_` sorts by class first, so that the order of the sums is the same every time."""
        totals.index_put_((self.put(labels),), rows, accumulate=True)

    def exact_search(self, unit: Floats) -> TorchSearch:
        """See `Arithmetic`."""
        return TorchSearch(self, unit)


class TorchSearch:
    """Every query against every row, a tile of products at a time. Raises torch.OutOfMemoryError."""

    def __init__(self, on: TorchArithmetic, unit: Floats) -> None:
        self._on, self._unit = on, on.put(np.asarray(unit, np.float32))

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ints]:
        """See `RowSearch`; k is at most the rows there are."""
        products, positions = np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
        for start in range(0, len(queries), QUERIES_AT_ONCE):
            rows = slice(start, start + QUERIES_AT_ONCE)
            best, at = self._best(self._on.put(queries[rows]), k)
            products[rows], positions[rows] = self._on.take(best), self._on.take(at)
        return products, positions

    def _best(self, queries: Tensor, k: int) -> tuple[Tensor, Tensor]:
        best = queries.new_empty((len(queries), 0))
        at = torch.empty_like(best, dtype=torch.int64)
        for start in range(0, len(self._unit), SEARCHED_AT_ONCE):
            among = self._unit[start : start + SEARCHED_AT_ONCE]
            found, where = (queries @ among.T).topk(min(k, len(among)), dim=1)
            best, at = torch.cat([best, found], dim=1), torch.cat([at, where + start], dim=1)
            best, order = best.topk(min(k, best.shape[1]), dim=1)
            at = at.gather(1, order)
        return best, at
