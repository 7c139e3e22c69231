"""Error along an order of images: cut it into parts, count the misclassified in each.

The order is given, so that one sort serves every cut. wrong: (m,) bool, in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ..types import Bools, Floats, Ints
from .intervals import Interval, wilson


@dataclass(frozen=True, eq=False)
class Parts:
    """Consecutive parts of an order, none of them empty. Arrays (p,).

    start, stop: positions in the order. n = stop - start. wrong: misclassified among them. error: wrong / n, with the
    ends of its 95 % Wilson interval in low and high.
    """

    start: Ints
    stop: Ints
    n: Ints
    wrong: Ints
    error: Floats
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.n)

    def take(self, which: Sequence[int]) -> Parts:
        """Some of the parts."""
        return Parts(*(getattr(self, field.name)[list(which)] for field in fields(self)))

    def beside(self, other: Parts) -> Parts:
        """These parts and then others."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return Parts(*(np.concatenate(pair) for pair in pairs))


def equal_parts(wrong: Bools, parts: int = 10) -> Parts:
    """Parts of equal size, as `difficulty.tenths` numbers them: row i is in part i * parts // m. m >= parts."""
    m = len(wrong)
    return between(wrong, -(-np.arange(parts + 1) * m // parts))


def parts_of_size(wrong: Bools, size: int) -> Parts:
    """Parts of `size` rows from the start; what is left over joins the last. m >= size >= 1."""
    n_parts = len(wrong) // size
    return between(wrong, np.append(np.arange(n_parts) * size, len(wrong)))


def between(wrong: Bools, edges: Ints) -> Parts:
    """Parts that begin at each edge and end at the next. edges: (p + 1,) ascending positions in 0..m."""
    start, stop = edges[:-1], edges[1:]
    below = np.append(0, np.cumsum(wrong))
    k, n = below[stop] - below[start], stop - start
    return Parts(start, stop, n, k, k / n, *wilson(k, n))


def whole(wrong: Bools) -> Interval:
    """The error of all rows with its 95 % Wilson interval; NaN for none."""
    n, k = len(wrong), int(np.count_nonzero(wrong))
    low, high = wilson(k, n)
    return Interval(k / n if n else np.nan, float(low), float(high))
