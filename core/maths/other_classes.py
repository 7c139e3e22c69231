"""Which classes an image may be of rather than the given one, by a ranking of all classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..types import UNLABELLED, Bools, Floats, Ints, OtherClasses

AT_ONCE = 4096  # rows of a ranking that are copied at once


@dataclass(frozen=True)
class BestOther:
    """What a ranking of the classes says of each label.

    label: (n,) int, the likeliest class other than the given one, of all classes where there is no label; UNLABELLED
    where nothing speaks for any, and where a label cannot be judged. doubted: (n,) bool, labels that another class is
    likelier than; one that cannot be judged is not doubted.
    """

    label: Ints
    doubted: Bools


def best_other(ranking: Floats, labels: Ints, judged: Bools | None = None, *, nothing: float = -np.inf) -> BestOther:
    """The best other class of each row, and whether it is better than the given one.

    ranking: (n, K), higher is likelier, in any unit; nothing speaks for a class that is NaN, or at `nothing` or below.
    labels: (n,) int, UNLABELLED where there is none. judged: (n,) bool, rows whose label can be judged; all by default.
    """
    best, doubted = np.full(len(labels), UNLABELLED), np.zeros(len(labels), bool)
    for rows, others, own in _blocks(ranking, labels, nothing):
        rival = others.argmax(axis=1)
        value = others[np.arange(len(others)), rival]
        kept = ~np.isneginf(value)
        if judged is not None:
            kept &= judged[rows] | (labels[rows] == UNLABELLED)
        best[rows] = np.where(kept, rival, UNLABELLED)
        doubted[rows] = kept & (value > own)
    return BestOther(best, doubted)


def likeliest_others(probabilities: Floats, labels: Ints, *, most: int) -> OtherClasses:
    """The `most` likeliest other classes of each row. probabilities: (n, K); labels: (n,) int, as in `best_other`."""
    found = np.full((len(labels), most), UNLABELLED, np.int32)
    values = np.full((len(labels), most), np.nan, np.float32)
    for rows, others, _ in _blocks(probabilities, labels, 0.0):
        every = np.arange(len(others))
        for place in range(min(most, others.shape[1])):
            rival = others.argmax(axis=1)
            value = others[every, rival]
            left = ~np.isneginf(value)
            found[rows, place] = np.where(left, rival, UNLABELLED)
            values[rows, place] = np.where(left, value, np.nan)
            others[every, rival] = -np.inf
    return OtherClasses(found, values)


def _blocks(ranking: Floats, labels: Ints, nothing: float) -> Iterator[tuple[slice, Floats, Floats]]:
    """A few rows at a time: where they are, what the other classes are given, and what the given one is.

    A class without anything that speaks for it is -inf, and inf stands for the given one where there is none.
    """
    for start in range(0, len(labels) if ranking.shape[1] else 0, AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        others, given = np.array(ranking[rows], np.float64), labels[rows]
        others[~(others > nothing)] = -np.inf
        own = np.full(len(others), np.inf)
        at = np.flatnonzero(given != UNLABELLED)
        own[at] = others[at, given[at]]
        others[at, given[at]] = -np.inf
        yield rows, others, own
