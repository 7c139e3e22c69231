"""Error against difficulty: does a score order images by how often a network gets them wrong?

Rows whose difficulty is NaN take no part. Functions of `wrong` take an order that is given, (m,) bool, so that one sort
serves every way of slicing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..errors import TooFewRows
from ..types import HARDER_HIGH, HARDER_LOW, Bools, Estimate, Floats, Ints
from .auroc import auroc_interval
from .intervals import share_estimates, wilson

DECILES = 10
ENOUGH_WRONG = 10  # a direction needs this many wrong and this many right, or the interval itself is not to be trusted


@dataclass(frozen=True, eq=False)
class ErrorSlices:
    """Consecutive slices of an order of images, none of them empty. Arrays (s,).

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

    @property
    def estimates(self) -> list[Estimate]:
        """The error of each."""
        return share_estimates(self.error, self.low, self.high, self.n)

    def take(self, which: Sequence[int]) -> ErrorSlices:
        """Some of the slices."""
        return ErrorSlices(*(getattr(self, field.name)[list(which)] for field in fields(self)))

    def beside(self, other: ErrorSlices) -> ErrorSlices:
        """These slices and then others."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return ErrorSlices(*(np.concatenate(pair) for pair in pairs))


def deciles(difficulty: Floats) -> NDArray[np.int64]:
    """(n,) decile of each row by rank: 0 easiest to 9 hardest, -1 for NaN. Equal scores keep the order of rows.

    By rank, so that ties do not empty a decile. Raises TooFewRows if fewer than 10 rows have a difficulty.
    """
    order = _enough(_order(difficulty))
    result = np.full(len(difficulty), -1)
    result[order] = np.arange(len(order)) * DECILES // len(order)
    return result


def error_by_decile(difficulty: Floats, correct: Bools) -> ErrorSlices:
    """Share of images misclassified in each decile of the difficulty order, easiest first.

    difficulty: (n,) float, higher is harder. correct: (n,) bool. Returns ten slices, `error` in 0..1. Raises TooFewRows
    if fewer than 10 rows have a difficulty. Agarwal, D'souza & Hooker 2022, section 3.
    """
    return equal_slices(~np.asarray(correct, bool)[_enough(_order(difficulty))], DECILES)


def error_by_group(difficulty: Floats, correct: Bools, size: int = 500) -> ErrorSlices:
    """Error in groups of `size` images, hardest first; what is left over joins the last, easiest group.

    Raises TooFewRows with fewer than `size` images. Cui et al. 2023, figures 2, 6 and 7.
    """
    order = _order(difficulty)[::-1]
    if len(order) < size:
        raise TooFewRows(
            f"Groups of {size} need that many images with a score, and {len(order)} have one.",
            "Ask for smaller groups.",
        )
    return slices_of_size(~np.asarray(correct, bool)[order], size)


def equal_slices(wrong: Bools, n_slices: int) -> ErrorSlices:
    """Slices of equal size, as `deciles` numbers them: row i is in slice i * n_slices // m. m >= n_slices."""
    return slices_between(wrong, -(-np.arange(n_slices + 1) * len(wrong) // n_slices))


def slices_of_size(wrong: Bools, size: int) -> ErrorSlices:
    """Slices of `size` rows from the start; what is left over joins the last. m >= size >= 1."""
    return slices_between(wrong, np.append(np.arange(len(wrong) // size) * size, len(wrong)))


def slices_between(wrong: Bools, edges: Ints) -> ErrorSlices:
    """Slices that begin at each edge and end at the next. edges: (s + 1,) ascending positions in 0..m."""
    start, stop = edges[:-1], edges[1:]
    below = np.append(0, np.cumsum(wrong))
    k, n = below[stop] - below[start], stop - start
    return ErrorSlices(start, stop, n, k, k / n, *wilson(k, n))


@dataclass(frozen=True)
class Direction:
    """Which end of a score is the hard one on this data.

    direction: HARDER_HIGH, HARDER_LOW, or None where the interval covers no effect or too few images are wrong.
    auroc: chance that a misclassified image scores above a correct one.
    """

    direction: int | None
    auroc: Estimate


def difficulty_direction(score: Floats, wrong: Bools) -> Direction:
    """Measure which way a score points, by the images a network gets wrong. score: (n,) float; wrong: (n,) bool."""
    auroc = auroc_interval(score, wrong)
    return Direction(direction_of(auroc, int(np.count_nonzero(wrong & ~np.isnan(score)))), auroc)


def direction_of(auroc: Estimate, n_wrong: int) -> int | None:
    """The direction that follows from the chance that a misclassified image scores above a correct one.

    n_wrong: misclassified among the n images it is from. An earlier version stored a perfect order without an interval;
    of so many images there is no doubt of it either.
    """
    if min(n_wrong, auroc.n - n_wrong) < ENOUGH_WRONG:
        return None
    low, high = (auroc.low, auroc.high) if auroc.has_interval else (auroc.value, auroc.value)
    return HARDER_HIGH if low > 0.5 else HARDER_LOW if high < 0.5 else None


def _order(difficulty: Floats) -> NDArray[np.int64]:
    """Numbers of the rows that have a difficulty, easiest first."""
    scored = np.flatnonzero(~np.isnan(difficulty))
    return scored[np.argsort(difficulty[scored], kind="stable")]


def _enough(order: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(order) < DECILES:
        raise TooFewRows(f"Deciles need 10 images with a score, and {len(order)} have one.", "Score more images.")
    return order
