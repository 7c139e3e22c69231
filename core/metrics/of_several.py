"""The interval of an AUROC that was picked from several because it is the furthest from chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from ..types import Estimate


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
