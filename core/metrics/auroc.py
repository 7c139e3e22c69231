"""AUROC with its interval, without resamples: of one score, of two on the same rows, of one picked from several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from ..types import Bools, Estimate, Floats
from .ranking import rank

FEW_MISPLACED = 10
"""Rows of the rarer kind times the share of pairs in the wrong order, below which too few show how much they vary."""
HALVINGS = 60
"""Of the stretch in which an end is looked for."""


@dataclass(frozen=True)
class Placements:
    """Of each row the share of the other kind that it beats, a tie counting half. DeLong et al. 1988.

    of_positive: (m,) the positives', whose mean is the AUROC. of_negative: (n,) the share of positives that beat a
    negative, of the same mean. Both down the order of the score, so that how rows lie in the data moves no last digit.
    by_row: (m + n,) of the rows that have a score, in the data's order.
    """

    of_positive: Floats
    of_negative: Floats
    by_row: Floats

    @property
    def auroc(self) -> float:
        """Chance that a positive ranks above a negative."""
        return float(self.of_positive.mean())


def placements(score: Floats, positive: Bools) -> Placements | None:
    """None without both kinds. score: (n,) float, rows with NaN take no part. positive: (n,) bool."""
    ranking = rank(score, positive)
    if not ranking.positive.any() or ranking.positive.all():
        return None
    above, below = (counts[0] for counts in ranking.cumulative(np.ones((1, len(ranking.order)))))
    here = [np.diff(counts, prepend=0.0) for counts in (above, below)]
    run = np.repeat(np.arange(len(ranking.ends)), np.diff(ranking.ends, prepend=-1))
    in_order = np.where(
        ranking.positive,
        ((below[-1] - below + 0.5 * here[1]) / below[-1])[run],
        ((above - 0.5 * here[0]) / above[-1])[run],
    )
    beaten = np.empty(len(in_order))
    beaten[ranking.order] = in_order
    return Placements(in_order[ranking.positive], in_order[~ranking.positive], beaten)


def auroc_interval(score: Floats, positive: Bools, level: float = 0.95) -> Estimate:
    """Chance that a positive scores above a negative, a tie counting half, with its interval.

    score: (n,) float, rows with NaN take no part. positive: (n,) bool. NaN without both kinds; NaN ends with one row of
    either kind, unless the order is perfect.

    DeLong, DeLong & Clarke-Pearson 1988, on the logit scale, which keeps the ends inside 0..1 (Pepe 2003, ch. 5). Where
    few rows of the rarer kind are misplaced, their spread hardly shows, and each end is the further one of that and of
    Newcombe's (2006, method 5), whose variance follows from the value. Where the order is perfect (0 or 1), the far end
    is that of Clopper & Pearson 1934 for as many successes in a row as the rarer kind has rows: rows paired off at
    random are independent pairs, all of them in order. That holds for any distribution.
    """
    placed, rows = placements(score, positive), int(np.count_nonzero(~np.isnan(score)))
    if placed is None:
        return Estimate(np.nan, n=rows)
    m, n, value = len(placed.of_positive), len(placed.of_negative), placed.auroc
    if not 0 < value < 1:
        end = float(((1 - level) / 2) ** (1 / min(m, n)))
        return Estimate(value, end, 1.0, rows) if value == 1 else Estimate(value, 0.0, 1 - end, rows)
    if m < 2 or n < 2:
        return Estimate(value, n=rows)
    low, high = _delong(placed, level)
    if min(m, n) * min(value, 1 - value) < FEW_MISPLACED:
        others = _newcombe(value, m, n, level)
        low, high = min(low, others[0]), max(high, others[1])
    return Estimate(value, low, high, rows)


def auroc_difference(ours: Floats, theirs: Floats, positive: Bools, level: float = 0.95) -> Estimate:
    """AUROC of one score less that of another on the same rows, paired, with its interval.

    ours, theirs: (n,) float, rows without both take no part. positive: (n,) bool. NaN without both kinds; NaN ends with
    one row of either kind, or where the two never differ. DeLong et al. 1988, whose covariance the pairing is.
    """
    both = ~(np.isnan(ours) | np.isnan(theirs))
    first, second = (placements(score[both], positive[both]) for score in (ours, theirs))
    rows = int(np.count_nonzero(both))
    if first is None or second is None:
        return Estimate(np.nan, n=rows)
    value = first.auroc - second.auroc
    gain, kind = first.by_row - second.by_row, np.asarray(positive, bool)[both]
    gains = (gain[kind], gain[~kind])
    if min(map(len, gains)) < 2:
        return Estimate(value, n=rows)
    variance = sum(float(of_kind.var(ddof=1)) / len(of_kind) for of_kind in gains)
    if variance == 0:
        return Estimate(value, n=rows)
    half = NormalDist().inv_cdf(0.5 + level / 2) * float(np.sqrt(variance))
    return Estimate(value, max(value - half, -1.0), min(value + half, 1.0), rows)


def _delong(placed: Placements, level: float) -> tuple[float, float]:
    """Both ends, on the logit scale. 0 < AUROC < 1, and two rows or more of either kind."""
    value = placed.auroc
    variance = sum(float(kind.var(ddof=1)) / len(kind) for kind in (placed.of_positive, placed.of_negative))
    half = NormalDist().inv_cdf(0.5 + level / 2) * np.sqrt(variance) / (value * (1 - value))
    odds = value / (1 - value)
    return float(odds / (odds + np.exp(half))), float(odds / (odds + np.exp(-half)))


def _newcombe(value: float, m: int, n: int, level: float) -> tuple[float, float]:
    """Both ends: the values so far from the one seen as their own standard error allows. 0 < value < 1."""
    z, rows = NormalDist().inv_cdf(0.5 + level / 2), (m + n) / 2 - 1

    def possible(theta: float) -> bool:
        spread = theta * (1 - theta) * (1 + rows * ((1 - theta) / (2 - theta) + theta / (1 + theta))) / (m * n)
        return (theta - value) ** 2 <= z * z * spread

    ends = []
    for beyond in (0.0, 1.0):
        inside, outside = value, beyond
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if possible(middle) else (inside, middle)
        ends.append(inside)
    return ends[0], ends[1]


def furthest_from_chance(aurocs: Sequence[Estimate], level: float = 0.95) -> int | None:
    """Which of several AUROCs has its interval furthest from 0.5, else its value; None of none that is known.

    aurocs: each with its interval at `level`. By the interval's nearer end, so that a value of few images does not win.
    """

    def distance(auroc: Estimate) -> float:
        return max(auroc.low - 0.5, 0.5 - auroc.high) if auroc.has_interval else -1.0

    known = [i for i, auroc in enumerate(aurocs) if np.isfinite(auroc.value)]
    return max(known, key=lambda i: distance(aurocs[i]), default=None)


def allowing_for_choice(auroc: Estimate, n: int, level: float = 0.95) -> Estimate:
    """The AUROC's interval, wide enough to hold its true value although it was picked from n.

    auroc: with its interval at `level`. n: how many there were to pick from, itself among them. Each end moves away
    from the value on the logit scale by the ratio of normal quantiles, that of 1 - (1 - level) / n to that of level; an
    end at 0 or 1 stays. Bonferroni: at least `level`, whatever the dependence. As it is where it has no interval.
    """
    if not auroc.has_interval or n < 2:
        return auroc
    normal = NormalDist()
    ratio = normal.inv_cdf(1 - (1 - level) / (2 * n)) / normal.inv_cdf(0.5 + level / 2)

    def moved(end: float) -> float:
        if not (0 < auroc.value < 1 and 0 < end < 1):
            # On the scale itself where there is no logit: the exact bound's distance grows by the same ratio.
            return float(np.clip(auroc.value + ratio * (end - auroc.value), 0, 1))
        at, centre = (np.log(p / (1 - p)) for p in (end, auroc.value))
        return float(1 / (1 + np.exp(-(centre + ratio * (at - centre)))))

    return replace(auroc, low=moved(auroc.low), high=moved(auroc.high))
