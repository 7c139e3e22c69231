"""How well a score finds wrong labels, from a sample that was not drawn evenly: weighted figures with intervals.

A row that was drawn with a share of 1 in 80 stands for 80 images. Arrays of one number per row of the sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Bools, Estimate, Floats, Ints
from .intervals import wilson
from .labels import FALSE_POSITIVE_RATES, RECALLS, precision_at_recall, true_positive_rate_at
from .ranking import auroc_of, average_precision_of, rank, share

FEWEST = 3.0
CERTAIN = 1e12
"""Rows that leave nothing uncertain."""


@dataclass(frozen=True, eq=False)
class Sample:
    """weight: (m,) images that a row stands for. fraction: (m,) share of its stratum that was drawn, 1 for all of it.

    group: (m,) int, rows that are resampled among each other: strata, or several of them where one has a single row.
    """

    weight: Floats
    fraction: Floats
    group: Ints

    def take(self, rows: Bools | Ints) -> Sample:
        """The sample of these rows alone."""
        return Sample(self.weight[rows], self.fraction[rows], self.group[rows])


def even_sample(m: int) -> Sample:
    """m rows of equal weight out of very many."""
    return Sample(np.ones(m), np.zeros(m), np.zeros(m, np.int64))


@dataclass(frozen=True, eq=False)
class WeightedFound:
    """Weighted AUROC and average precision, and both curves.

    roc: (3, places) value, low and high at FALSE_POSITIVE_RATES. precision_recall: (3, places) the same at RECALLS.
    Without places where curves were not asked for.
    """

    auroc: Estimate
    average_precision: Estimate
    roc: Floats
    precision_recall: Floats


def found_in_sample(
    score: Floats, wrong: Bools, sample: Sample, resampled: Floats, *, curves: bool = True, level: float = 0.95
) -> WeightedFound:
    """What a score finds in the images that the sample stands for. score: (m,) float, wrong labels high, NaN for none.

    resampled: (b, m) from `resampled_weights`, the same for all scores, which pairs them. The values are scikit-learn's
    with `sample_weight`. Intervals: percentiles over the resamples; the low ends are those with one more wrong label
    where a row weighs most, if they are lower (as Fay & Feuer 1997 have it for totals), because a stratum in which none
    was found is not known to have none. Without that, samples with few wrong labels give intervals that hold the truth
    in 45 to 80 of 100 trials. NaN without both kinds. A point of a curve has the further ends of that and of Wilson's
    interval for as many rows as the weights are worth (Kish 1965), and none where fewer than three such rows lie on
    either side of its place: no resample moves a curve that has already reached 1.
    """
    known = ~np.isnan(score)
    score, wrong, sample, resampled = score[known], wrong[known], sample.take(known), resampled[:, known]
    value = _figures(score, wrong, sample.weight[None], curves)[:, 0]
    tail = (1 - level) / 2
    low, high = _quantiles(_figures(score, wrong, resampled, curves), tail)
    row = _one_more(score, wrong, sample)
    if row is not None:
        more = wrong.copy()
        more[row] = True
        low = np.fmin(low, _quantiles(_figures(score, more, resampled, curves), tail)[0])
    ends = np.stack([value, np.fmin(low, value), np.fmax(high, value)])
    auroc, average_precision = (
        Estimate(float(at), float(start), float(stop), len(score)) for at, start, stop in ends[:, :2].T
    )
    roc, precision_recall = np.split(ends[:, 2:], [len(FALSE_POSITIVE_RATES) if curves else 0], axis=1)
    if curves and np.isfinite(auroc.value):
        order = np.argsort(-score, kind="stable")
        worth, ordered = _Worth(sample.take(order)), wrong[order]
        roc = worth.widened(roc, worth.rows(ordered), worth.few(~ordered, FALSE_POSITIVE_RATES), level)
        above = np.array([worth.rows(np.arange(len(order)) <= at) for at in worth.places(ordered, RECALLS)])
        precision_recall = worth.widened(precision_recall, above, worth.few(ordered, RECALLS), level)
    return WeightedFound(auroc, average_precision, roc, precision_recall)


@dataclass(frozen=True, eq=False)
class _Worth:
    """How many evenly drawn rows some rows of a sample are worth.

    sample: m rows from the highest score to the lowest. Rows drawn whole are worth any number, for nothing about them
    is uncertain.
    """

    sample: Sample

    def rows(self, these: Bools) -> float:
        """(sum of weights)² over the sum of their squares that is uncertain. these: (m,) bool."""
        weight = self.sample.weight[these]
        uncertain = float((weight**2 * (1 - self.sample.fraction[these])).sum())
        # Of no rows nothing is known, unless the whole set was drawn.
        if uncertain == 0:
            return CERTAIN if len(weight) or (self.sample.fraction == 1).all() else 0.0
        return min(float(weight.sum()) ** 2 / uncertain, CERTAIN)

    def places(self, kind: Bools, shares: Floats) -> Ints:
        """(p,) the first row down to which each share of a kind's weight lies."""
        passed = np.cumsum(self.sample.weight * kind)
        return np.minimum(np.searchsorted(passed / passed[-1], shares - 1e-12), len(kind) - 1)

    def few(self, kind: Bools, shares: Floats) -> Bools:
        """(p,) where either side of a place has fewer than FEWEST of a kind."""
        row, at = np.arange(len(kind)), self.places(kind, shares)
        sides = [(self.rows(kind & (row <= one)), self.rows(kind & (row > one))) for one in at]
        return np.array([min(pair) < FEWEST for pair in sides])

    def widened(self, points: Floats, rows: Floats | float, few: Bools, level: float) -> Floats:
        """(3, p) value, low and high. points: the same; rows: that each value is worth; few: where it has no ends."""
        value, low, high = points
        outer = wilson(value * rows, np.broadcast_to(rows, value.shape), level)
        ends = np.stack([np.fmin(low, outer[0]), np.fmax(high, outer[1])])
        return np.stack([value, *np.where(few, np.nan, ends)])


def resampled_weights(sample: Sample, n: int = 1000, seed: int = 0) -> Floats:
    """(n, m) float32 weights of n resamples: Rao, Wu & Yue 1992, one row fewer drawn than a group has.

    A row of a stratum that was drawn whole keeps its weight: nothing about it is uncertain.
    """
    rng = np.random.default_rng(seed)
    weights = np.empty((n, len(sample.weight)), np.float32)
    for group in np.unique(sample.group):
        rows = np.flatnonzero(sample.group == group)
        m, weight = len(rows), sample.weight[rows]
        if m == 1:  # nothing to draw from
            weights[:, rows] = weight
            continue
        draws = rng.integers(0, m, (n, m - 1)) + m * np.arange(n)[:, None]
        drawn = np.bincount(draws.ravel(), minlength=n * m).reshape(n, m)
        moved = np.sqrt(1 - sample.fraction[rows])
        weights[:, rows] = weight * (1 - moved + moved * m / (m - 1) * drawn)
    return weights


def _figures(score: Floats, wrong: Bools, weights: Floats, curves: bool) -> Floats:
    """(2 + places, b): AUROC, average precision and the points of both curves, for each row of weights (b, m)."""
    both = rank(score, wrong).condensed().cumulative(weights)
    figures = np.stack([auroc_of(*both), average_precision_of(*both)])
    if not curves:
        return figures
    found, flagged = (share(each, each[:, -1:]) for each in both)
    precision = share(both[0], both[0] + both[1], empty=0.0)
    points = [
        np.concatenate([
            true_positive_rate_at(np.append(0.0, flagged[i]), np.append(0.0, found[i]), FALSE_POSITIVE_RATES),
            precision_at_recall(found[i], precision[i], RECALLS),
        ])
        for i in range(len(weights))
    ]  # fmt: skip
    return np.vstack([figures, np.stack(points, axis=1)])


def _one_more(score: Floats, wrong: Bools, sample: Sample) -> int | None:
    """The row to take for one more wrong label: of the right ones that weigh most, the one of middling score."""
    might = np.flatnonzero(~wrong & (sample.fraction < 1))
    if not len(might):
        return None
    heaviest = might[np.isclose(sample.weight[might], sample.weight[might].max())]
    return int(heaviest[np.argsort(score[heaviest], kind="stable")[len(heaviest) // 2]])


def _quantiles(resampled: Floats, tail: float) -> tuple[Floats, Floats]:
    """Ends of the middle part of each row, undefined values left out. resampled: (k, b); returns (k,) each."""
    known = ~np.isnan(resampled).all(axis=1)
    ends = np.full((2, len(resampled)), np.nan)
    if known.any():
        ends[:, known] = np.nanquantile(resampled[known], [tail, 1 - tail], axis=1)
    return ends[0], ends[1]
