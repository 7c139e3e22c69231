"""Intervals: of shares by Wilson's formula, of anything else by resampling rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..types import Bools, Estimate, Floats, Ints

Rows = NDArray[Any]
BLOCK = 2_000_000  # resample counts worked on at once
KEPT_BLOCKS = 32  # of 2 MB: the resamples of 60,000 images


def wilson(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Ends of the Wilson score interval of successes out of n: (low, high), each of the inputs' shape, in 0..1.

    0..1 where n is 0: nothing is known. Wilson 1927.
    """
    k, total = np.broadcast_arrays(np.asarray(successes, float), np.asarray(n, float))
    z2 = NormalDist().inv_cdf(0.5 + level / 2) ** 2
    size = np.maximum(total, 1)
    centre = (k + z2 / 2) / (size + z2)
    half = np.sqrt(z2) / (size + z2) * np.sqrt(k * (size - k) / size + z2 / 4)
    # The ends at 0 and n successes are 0 and 1 exactly; arithmetic leaves them 1e-17 off.
    low = np.where((k == 0) | (total == 0), 0.0, np.maximum(centre - half, 0.0))
    high = np.where((k == total) | (total == 0), 1.0, np.minimum(centre + half, 1.0))
    return low[()], high[()]  # numbers for numbers, not arrays without a dimension


def share_estimate(successes: float, n: int, level: float = 0.95) -> Estimate:
    """A share of n with its Wilson interval; its value is NaN and its interval 0..1 where n is 0.

    successes: counted; what ties share between them need not be whole. A sum of probabilities was not counted: the
    error of whoever made them is not in this interval.
    """
    low, high = wilson(successes, n, level)
    return Estimate(successes / n if n else np.nan, float(low), float(high), n, "share")


def share_of(hits: Bools, level: float = 0.95) -> Estimate:
    """Share of rows that are set. hits: (n,) bool."""
    return share_estimate(int(np.count_nonzero(hits)), len(hits), level)


def mean_estimate(values: Floats, level: float = 0.95) -> Estimate:
    """Mean of a quantity over rows with Student's interval. values: (n,) finite; no ends with fewer than two rows, or
    where all are equal. It needs no resamples, whatever their number. Student 1908."""
    rows = len(values)
    deviation = float(values.std(dtype=np.float64, ddof=1)) if rows > 1 else 0.0
    return student_estimate(float(values.mean(dtype=np.float64)), deviation, rows, level)


def student_estimate(mean: float, deviation: float, rows: int, level: float = 0.95) -> Estimate:
    """The same of a mean and a standard deviation, ddof 1 (0 with fewer than two rows), that are known already."""
    if deviation == 0:
        return Estimate(mean, n=rows)
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    half = float(stdtrit(rows - 1, 0.5 + level / 2) * deviation / np.sqrt(rows))
    return Estimate(mean, mean - half, mean + half, rows)


def share_difference(ours: Estimate, theirs: Estimate) -> Estimate:
    """One share less another, of rows that are not the same. ours, theirs: with their Wilson intervals at one level.

    Newcombe 1998, method 10: each end is as far from the difference as the two nearer ends are from their values, taken
    together. n: of both. No ends where either has none.
    """
    value, n = ours.value - theirs.value, ours.n + theirs.n
    below = np.hypot(ours.value - ours.low, theirs.high - theirs.value)
    above = np.hypot(ours.high - ours.value, theirs.value - theirs.low)
    return Estimate(value, float(value - below), float(value + above), n, "share")


def one_of_several(difference: Estimate, n: int, freedom: int, level: float = 0.95) -> Estimate:
    """A difference's interval, wide enough to hold its true value although it was picked from n.

    difference: with Student's interval at `level`. n: how many there were to pick from, itself among them. freedom:
    degrees of freedom, 1 or more. Each end moves away from the value by the ratio of Student's quantiles, that of
    1 - (1 - level) / n to that of level. Bonferroni: at least `level`, whatever the dependence. As it is where it has
    no interval.
    """
    if not difference.has_interval or n < 2:
        return difference
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    ratio = float(stdtrit(freedom, 1 - (1 - level) / (2 * n)) / stdtrit(freedom, 0.5 + level / 2))
    low, high = (difference.value + ratio * (end - difference.value) for end in (difference.low, difference.high))
    return replace(difference, low=low, high=high)


def share_estimates(value: Floats, low: Floats, high: Floats, n: Ints) -> list[Estimate]:
    """Columns of shares, (k,) each, one by one."""
    columns = (column.tolist() for column in (value, low, high, n))
    return [Estimate(at, start, stop, size, "share") for at, start, stop, size in zip(*columns, strict=True)]


def percentile_interval(value: float, resampled: Floats, rows: int, level: float = 0.95) -> Estimate:
    """The middle `level` of values resampled from some rows, undefined ones (without a positive, say) left out.

    The ends are NaN if every resampled value is undefined, or all are one: rows that never differ, as those of a
    perfect order, do not say how much others would.
    """
    defined = resampled[~np.isnan(resampled)]
    if not len(defined) or defined.min() == defined.max():
        return Estimate(value, n=rows)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high), rows)


def bootstrap(
    statistic: Callable[..., float], *arrays: Rows, n: int = 1000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """Percentile interval of any statistic of rows that are drawn together.

    statistic: called as statistic(*arrays). arrays: (rows, ...) each. n: resamples.
    Statistics that accept counts are some hundred times faster with `bootstrap_counts`. Efron & Tibshirani 1993.
    """
    rows = len(arrays[0])
    generator = np.random.default_rng(seed)
    draws = (generator.integers(0, rows, rows) for _ in range(n))
    resampled = np.array([statistic(*(array[draw] for array in arrays)) for draw in draws])
    return percentile_interval(statistic(*arrays), resampled, rows, level)


def bootstrap_difference(
    statistic: Callable[..., float],
    ours: tuple[Rows, ...],
    theirs: tuple[Rows, ...],
    *,
    n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """Interval of statistic(*ours) - statistic(*theirs), the same rows drawn on both sides.

    Pairing is what makes it narrow: images that are hard for both sides cancel.
    """

    def difference(*arrays: Rows) -> float:
        return statistic(*arrays[: len(ours)]) - statistic(*arrays[len(ours) :])

    return bootstrap(difference, *ours, *theirs, n=n, seed=seed, level=level)


def resample_counts(rows: int, n: int = 1000, seed: int = 0) -> Iterator[NDArray[np.uint8]]:
    """How often each row is drawn, in blocks (b, rows) of all n resamples; the same for the same (rows, n, seed).

    A block is a view of rows laid out one after another, so that `counts.T[order]` copies whole stretches.
    """
    block = max(1, BLOCK // max(rows, 1))
    for start in range(0, n, block):
        yield _drawn(rows, min(block, n - start), seed, start).T


@lru_cache(maxsize=KEPT_BLOCKS)
def _drawn(rows: int, b: int, seed: int, start: int) -> NDArray[np.uint8]:
    """(rows, b) counts of resamples start to start + b. Kept, because many scores are judged on the same images."""
    draws = np.random.default_rng([seed, start]).integers(0, rows, (b, rows))
    draws += np.arange(b)[:, None] * rows
    counts = np.bincount(draws.ravel(), minlength=b * rows).reshape(b, rows)
    # A byte each: no row of more than 255 is ever drawn that often, and one of fewer cannot be.
    counted = np.ascontiguousarray(counts.astype(np.uint8).T)
    counted.flags.writeable = False
    return counted


def drawn_in_order(counts: NDArray[np.uint8]) -> NDArray[np.intp]:
    """(b, rows) numbers of the rows that each resample drew, ascending. counts: (b, rows)."""
    b, rows = counts.shape
    return np.repeat(np.tile(np.arange(rows), b), counts.ravel()).reshape(b, rows)


def bootstrap_counts(
    statistics: Callable[[NDArray[Any]], Floats],
    rows: int,
    *,
    n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> list[Estimate]:
    """As `bootstrap`, for statistics of how often each row counts: (b, rows) -> (m, b). Returns m estimates.

    One seed gives every score the same resamples, so that figures of several scores are paired.
    """
    values = statistics(np.ones((1, rows), np.uint8))[:, 0]
    resampled = np.concatenate([statistics(counts) for counts in resample_counts(rows, n, seed)], axis=1)
    return [percentile_interval(float(value), row, rows, level) for value, row in zip(values, resampled, strict=True)]
