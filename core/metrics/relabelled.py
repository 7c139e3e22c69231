"""What changed labels do to the accuracy of several models and to their order, with paired intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import UNLABELLED, Estimate, Floats, Ints
from .intervals import bootstrap_counts


@dataclass(frozen=True)
class LabelEffect:
    """m models judged by two versions of the same images' labels.

    before, after: accuracy of each. change: after - before, the same images drawn on both sides. tau: Kendall's tau-b
    between the two orders, -1..1, NaN where one of them has all models equal. Intervals are percentiles over images.
    """

    before: tuple[Estimate, ...]
    after: tuple[Estimate, ...]
    change: tuple[Estimate, ...]
    tau: Estimate


def label_effect(
    predicted: Ints, before: Ints, after: Ints, *, n: int = 1000, seed: int = 0, level: float = 0.95
) -> LabelEffect:
    """The effect of judging by `after` in place of `before`.

    predicted: (m, s, rows) int, of s networks of each of m models, whose accuracy is their mean; -1 for a network that
    a model does not have. before, after: (rows,) int, UNLABELLED where an image takes no part in that version.
    """
    there = (predicted != UNLABELLED).any(axis=2)
    terms = []
    for labels in (before, after):
        right = (predicted == labels) & (labels != UNLABELLED)
        terms.append(right.sum(axis=1) / there.sum(axis=1)[:, None])
    known = np.stack([before != UNLABELLED, after != UNLABELLED]).astype(float)

    def statistics(counts: NDArray[Any]) -> Floats:
        drawn = np.maximum(counts @ known.T, 1)
        first, second = (counts @ term.T / drawn[:, [i]] for i, term in enumerate(terms))
        return np.vstack([first.T, second.T, (second - first).T, kendall_rows(first, second)])

    found = bootstrap_counts(statistics, len(before), n=n, seed=seed, level=level)
    m = len(predicted)
    return LabelEffect(tuple(found[:m]), tuple(found[m : 2 * m]), tuple(found[2 * m : 3 * m]), found[-1])


def kendall_rows(a: Floats, b: Floats) -> Floats:
    """(r,) Kendall's tau-b of each row of a with that row of b, both (r, m); NaN where either is constant."""
    one, other = np.triu_indices(a.shape[1], 1)
    x, y = (np.sign(np.round(values[:, one] - values[:, other], 12)) for values in (a, b))
    length = np.sqrt((x != 0).sum(axis=1) * (y != 0).sum(axis=1))
    agree = (x * y).sum(axis=1)
    return np.asarray(np.divide(agree, length, out=np.full(len(a), np.nan), where=length > 0))


def places(accuracy: Floats) -> Ints:
    """(m,) place of each model, 1 the best; equal ones share the better place."""
    return np.asarray((np.round(accuracy[None, :] - accuracy[:, None], 12) > 0).sum(axis=1) + 1)
