"""Error against difficulty: does a score order images by how often a network gets them wrong?

Rows whose difficulty is NaN take no part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import TooFewRows
from ..types import HARDER_HIGH, HARDER_LOW, Bools, Floats, Ints
from .agreement import spearman
from .intervals import wilson
from .labels import found

ENOUGH_WRONG = 10  # a direction needs this many wrong and this many right, or the interval itself is not to be trusted


@dataclass(frozen=True)
class ErrorGroups:
    """Groups of images in the order of difficulty. Arrays (g,).

    n: rows. wrong: how many of them are misclassified. error: wrong / n. low, high: its 95 % Wilson interval.
    easiest, hardest: the range of difficulty in the group.
    """

    n: Ints
    wrong: Ints
    error: Floats
    low: Floats
    high: Floats
    easiest: Floats
    hardest: Floats


def tenths(difficulty: Floats) -> NDArray[np.int64]:
    """(n,) tenth of each row by rank: 0 easiest to 9 hardest, -1 for NaN. Equal scores keep the order of rows.

    By rank, so that ties do not empty a tenth. Raises TooFewRows if fewer than 10 rows have a difficulty.
    """
    order = _order(difficulty)
    if len(order) < 10:
        raise TooFewRows(f"Tenths need 10 images with a score, and {len(order)} have one.", "Score more images.")
    result = np.full(len(difficulty), -1)
    result[order] = np.arange(len(order)) * 10 // len(order)
    return result


def error_by_decile(difficulty: Floats, correct: Bools) -> Floats:
    """Share of images misclassified in each tenth of the difficulty order.

    difficulty: (n,) float, higher is harder. correct: (n,) bool.
    Returns (10,) float in 0..1, easiest tenth first. Raises TooFewRows if n < 10.
    Agarwal, D'souza & Hooker 2022, section 3.
    """
    return decile_groups(difficulty, correct).error


def decile_groups(difficulty: Floats, correct: Bools) -> ErrorGroups:
    """`error_by_decile` with counts, intervals and the scores' ranges."""
    return _groups(difficulty, correct, tenths(difficulty))


def error_by_group(difficulty: Floats, correct: Bools, size: int = 500) -> ErrorGroups:
    """Error in groups of `size` images, hardest first; what is left over joins the last, easiest group.

    Raises TooFewRows with fewer than `size` images. Cui et al. 2023, figures 2, 6 and 7.
    """
    order = _order(difficulty)[::-1]
    n_groups = len(order) // size
    if n_groups == 0:
        raise TooFewRows(
            f"Groups of {size} need that many images with a score, and {len(order)} have one.",
            "Ask for smaller groups.",
        )
    group = np.full(len(difficulty), -1)
    group[order] = np.minimum(np.arange(len(order)) // size, n_groups - 1)
    return _groups(difficulty, correct, group)


@dataclass(frozen=True)
class Direction:
    """Which end of a score is the hard one on this data.

    direction: HARDER_HIGH, HARDER_LOW, or None where the interval covers no effect or too few images are wrong.
    auroc: chance that a misclassified image scores above a correct one, between low and high with 95 %.
    spearman: rank correlation of the score with being wrong.
    """

    direction: int | None
    auroc: float
    low: float
    high: float
    spearman: float


def difficulty_direction(score: Floats, wrong: Bools, *, n: int = 1000, seed: int = 0) -> Direction:
    """Measure which way a score points, by the images a network gets wrong. score: (n,) float; wrong: (n,) bool."""
    interval = found(score, wrong, ks=(), n=n, seed=seed).auroc
    scored = ~np.isnan(score)
    n_wrong = int(np.count_nonzero(wrong[scored]))
    enough = min(n_wrong, int(scored.sum()) - n_wrong) >= ENOUGH_WRONG
    direction = None
    if enough and interval.low > 0.5:
        direction = HARDER_HIGH
    elif enough and interval.high < 0.5:
        direction = HARDER_LOW
    return Direction(direction, interval.value, interval.low, interval.high, spearman(score, wrong.astype(float)))


def _order(difficulty: Floats) -> NDArray[np.int64]:
    """Numbers of the rows that have a difficulty, easiest first."""
    scored = np.flatnonzero(~np.isnan(difficulty))
    return scored[np.argsort(difficulty[scored], kind="stable")]


def _groups(difficulty: Floats, correct: Bools, group: Ints) -> ErrorGroups:
    """Counts over groups 0..g-1, none of them empty; rows in group -1 take no part."""
    member = group >= 0
    wrong = np.bincount(group[member], weights=~np.asarray(correct, bool)[member]).astype(np.int64)
    n = np.bincount(group[member])
    easiest, hardest = np.full(len(n), np.inf), np.full(len(n), -np.inf)
    np.minimum.at(easiest, group[member], difficulty[member])
    np.maximum.at(hardest, group[member], difficulty[member])
    return ErrorGroups(n, wrong, wrong / n, *wilson(wrong, n), easiest, hardest)
