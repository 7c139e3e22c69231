"""How far scores agree: in their whole order, and in the images they put on top.

A pair of scores is compared on the rows that have both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import BadInput
from ..types import Bools, Floats


def ranks(values: Floats) -> Floats:
    """(n,) ranks from 1, ties sharing the mean of theirs. values: (n,) without NaN."""
    _, group, size = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(size)
    return np.asarray((last - (size - 1) / 2)[group])


def spearman(a: Floats, b: Floats) -> float:
    """Correlation of ranks, -1..1; NaN with fewer than two rows or where one score is constant. (n,) each."""
    both = _both(a, b)
    x, y = ranks(a[both]), ranks(b[both])
    x, y = x - x.mean() if len(x) else x, y - y.mean() if len(y) else y
    length = np.sqrt((x @ x) * (y @ y))
    return float(np.clip(x @ y / length, -1.0, 1.0)) if length > 0 else np.nan


def kendall(a: Floats, b: Floats) -> float:
    """Kendall's tau-b, -1..1, ties allowed for; NaN where `spearman` is. (n,) each."""
    from scipy.stats import kendalltau  # half a second to import, which the dashboard's start should not pay

    both = _both(a, b)
    if len(np.unique(a[both])) < 2 or len(np.unique(b[both])) < 2:
        return np.nan
    return float(kendalltau(a[both], b[both]).statistic)


def agreement_matrix(scores: Sequence[Floats], statistic: Callable[[Floats, Floats], float] = spearman) -> Floats:
    """(m, m) of a symmetric statistic between m scores, (n,) each, that all point the same way."""
    m = len(scores)
    matrix = np.empty((m, m))
    for i in range(m):
        for j in range(i, m):
            matrix[i, j] = matrix[j, i] = statistic(scores[i], scores[j])
    return matrix


def top_overlap(a: Floats, b: Floats, share: float = 0.1) -> float:
    """Share of the highest `share` of rows in a that is also in b's, 0..1; by chance it is `share`. (n,) each.

    Ties at the border go to the earlier rows. NaN where no row has both scores.
    """
    top_a, top_b = _tops(a, b, share)
    return float((top_a & top_b).sum() / top_a.sum()) if top_a.any() else np.nan


def top_jaccard(a: Floats, b: Floats, share: float = 0.1) -> float:
    """Rows in both tops over rows in either, 0..1. Arguments as for `top_overlap`."""
    top_a, top_b = _tops(a, b, share)
    return float((top_a & top_b).sum() / (top_a | top_b).sum()) if top_a.any() else np.nan


def _both(a: Floats, b: Floats) -> Bools:
    return np.asarray(~(np.isnan(a) | np.isnan(b)))


def _tops(a: Floats, b: Floats, share: float) -> tuple[Bools, Bools]:
    """The highest rows of each among those with both scores, one row at least."""
    if not 0 < share <= 1:
        raise BadInput(f"The share of highest images is {share}.", "Give a share above 0 and at most 1, such as 0.1.")
    both = _both(a, b)
    k = max(1, round(share * int(both.sum())))
    return _top(a[both], k), _top(b[both], k)


def _top(values: Floats, k: int) -> Bools:
    top = np.zeros(len(values), bool)
    top[np.argsort(-values, kind="stable")[:k]] = True
    return top
