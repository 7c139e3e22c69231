"""What a random sample of reviewed images says of all the others: how many labels are wrong, and where.

Images are divided into strata (a class and a band of the suspicion score); a random sample of each is reviewed.
Arrays of one number per stratum: size, images in it; sampled, how many of them were drawn and reviewed; wrong, how
many of those have a wrong label.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import BadInput
from ..types import Estimate, Floats, Ints

Counts = ArrayLike


def random_places(strata: Ints, seed: int = 0) -> Ints:
    """Each image's place, 0, 1, …, in a random order of its own stratum. strata: (n,) int; returns (n,) int.

    The images below some place are a simple random sample of the stratum, and a larger one holds every smaller one:
    going on reviewing in this order keeps the estimates valid.
    """
    order = np.lexsort((np.random.default_rng(seed).random(len(strata)), strata))
    ordered = strata[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(strata) else np.empty(0, int)
    sizes = np.diff(np.r_[starts, len(strata)])
    places = np.empty(len(strata), np.int64)
    places[order] = np.arange(len(strata)) - np.repeat(starts, sizes)
    return places


def wrong_total(size: Counts, sampled: Counts, wrong: Counts, *, level: float = 0.95) -> Estimate:
    """Estimated number of wrong labels in all strata together, with an interval that holds it at least so often.

    One stratum: Clopper & Pearson 1934. Several: the gamma interval of Fay & Feuer 1997 for weighted counts, which
    allows for one more wrong label in the stratum with the largest weight, so that a stratum in which none was found
    is not taken to have none; of whichever kind, wrong or right, is rarer. Its variance has the finite-population
    factor 1 - sampled/size. A stratum that nobody has sampled may hold anything, and gets the others' rate.
    Raises BadInput where counts do not fit.
    """
    n_all, n, x = (np.asarray(each, np.float64) for each in (size, sampled, wrong))
    if not (n_all.shape == n.shape == x.shape and (x <= n).all() and (n <= n_all).all() and (x >= 0).all()):
        raise BadInput("A stratum has more wrong labels than reviews, or more reviews than images.", "Count again.")
    known = n > 0
    unknown = float(n_all[~known].sum())
    if not known.any():
        return Estimate(np.nan, 0.0, unknown, unit="labels")
    total = float(n_all[known].sum())
    value = float((n_all[known] / n[known] * x[known]).sum())
    if value > total / 2:
        low, high = _rare(n_all[known], n[known], (n - x)[known], level)
        low, high = total - high, total - low
    else:
        low, high = _rare(n_all[known], n[known], x[known], level)
    return Estimate(value * (1 + unknown / total), low, high + unknown, int(n.sum()), "labels")


def wrong_share(size: Counts, sampled: Counts, wrong: Counts, *, level: float = 0.95) -> Estimate:
    """`wrong_total` over the number of images, 0..1: the precision of what was flagged, or the noise rate of a set."""
    total = float(np.asarray(size).sum())
    if total == 0:
        return Estimate(np.nan, 0.0, 1.0, unit="share")
    return wrong_total(size, sampled, wrong, level=level).share_of(total)


def more_to_halve(size: Counts, sampled: Counts, wrong: Counts, *, level: float = 0.95) -> int | None:
    """How many more reviews would about halve the interval of `wrong_share`, if they go on as those so far.

    Drawn from the strata as `allocation` says. None where even reviewing everything left does not, or nothing is known.
    """
    n_all, n, x = (np.asarray(each, np.int64) for each in (size, sampled, wrong))
    if not n.any() or (n == n_all).all():
        return None
    now = wrong_share(n_all, n, x, level=level)
    left = int((n_all - n).sum())
    low, high = 0, left
    while high - low > 1:
        middle = (low + high) // 2
        if _width(n_all, n, x, middle, level) <= (now.high - now.low) / 2:
            high = middle
        else:
            low = middle
    return high


def allocation(size: Counts, sampled: Counts, wrong: Counts, more: int) -> Ints:
    """How many of `more` further reviews each stratum should get, (h,) int, so that the total becomes most certain.

    In proportion to size times standard deviation (Neyman 1934), the rate smoothed by half a wrong and half a right
    label, counting what is reviewed already; no stratum gets more than it has left.
    """
    n_all, n, x = (np.asarray(each, np.float64) for each in (size, sampled, wrong))
    rate = (x + 0.5) / (n + 1)
    need = n_all * np.sqrt(rate * (1 - rate))
    wanted = np.zeros(len(n_all))
    open_ = n < n_all
    more = min(more, int((n_all - n).sum()))
    # Strata that have enough already, or too few images, fall out; the rest share what is left.
    for _ in range(len(n_all) + 1):
        if not open_.any():
            break
        budget = more - wanted[~open_].sum() + n[open_].sum()
        target = budget * need[open_] / need[open_].sum() - n[open_]
        limit = (n_all - n)[open_]
        wanted[open_] = np.clip(target, 0, limit)
        out = (target <= 0) | (target >= limit)
        if not out.any():
            break
        open_[np.flatnonzero(open_)[out]] = False
    return _whole(wanted, (n_all - n).astype(np.int64), more)


def _rare(size: Floats, sampled: Floats, found: Floats, level: float) -> tuple[float, float]:
    """Ends for the number of images of the rarer kind, all strata sampled."""
    # scipy.special is loaded here, so that the dashboard's start does not wait for it.
    from scipy.special import betaincinv, gammaincinv

    tail = (1 - level) / 2
    least, most = float(found.sum()), float((size - sampled + found).sum())
    if len(size) == 1:
        n, x, total = float(sampled[0]), float(found[0]), float(size[0])
        low = betaincinv(x, n - x + 1, tail) if x > 0 else 0.0
        high = betaincinv(x + 1, n - x, 1 - tail) if x < n else 1.0
        return max(float(low) * total, least), min(float(high) * total, most)
    weight = size / sampled
    unsampled = 1 - sampled / size
    y, variance = float((weight * found).sum()), float((weight**2 * unsampled * found).sum())
    heaviest = int(np.argmax(np.where(unsampled > 0, weight, 0)))
    one_more, its_variance = weight[heaviest], weight[heaviest] ** 2 * unsampled[heaviest]
    low = y if variance == 0 else variance / y * gammaincinv(y * y / variance, tail)
    above, above_variance = y + one_more, variance + its_variance
    high = y if its_variance == 0 else above_variance / above * gammaincinv(above**2 / above_variance, 1 - tail)
    return max(float(low), least), min(float(high), most)


def _width(size: Ints, sampled: Ints, wrong: Ints, more: int, level: float) -> float:
    then = sampled + allocation(size, sampled, wrong, more)
    rate = np.divide(wrong, sampled, out=np.zeros(len(size)), where=sampled > 0)
    rate = np.where(sampled > 0, rate, wrong.sum() / sampled.sum())
    share = wrong_share(size, then, np.minimum(rate * then, then), level=level)
    return share.high - share.low


def _whole(wanted: Floats, limit: Ints, total: int) -> Ints:
    """Whole numbers near `wanted` that add up to `total`: the largest remainders are rounded up."""
    result = np.minimum(np.floor(wanted).astype(np.int64), limit)
    for row in np.argsort(-(wanted - result), kind="stable"):
        missing = total - int(result.sum())
        if missing <= 0:
            break
        result[row] += min(1, limit[row] - result[row])
    for row in np.argsort(-(limit - result), kind="stable"):  # what rounding could not place
        result[row] += min(max(total - int(result.sum()), 0), int(limit[row] - result[row]))
    return result
