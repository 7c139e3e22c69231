"""Does a score stand apart in a group of images: its means and deviations, Welch's t with its sign, the AUROC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import TooFewRows
from ...types import Bools, Estimate, Floats
from ..auroc import auroc_interval
from ..intervals import bootstrap_counts, mean_estimate

FEWEST = 10  # images of either group, below which a mean's interval is not to be trusted


@dataclass(frozen=True)
class GroupsApart:
    """A score in a group of images and in the others. All differences are the group's less the others'.

    mean, sd: of the group and of the others, sd with ddof 1. difference: of the means, with Welch's interval. welch_t:
    that in standard errors, above 0 where the group has the higher mean; its interval is the difference's, in the same
    unit, and leaves 0 out where Welch's test rejects at that level. degrees: of freedom. auroc: chance that an image of
    the group has the higher value.
    """

    mean: tuple[Estimate, Estimate]
    sd: tuple[Estimate, Estimate]
    difference: Estimate
    welch_t: Estimate
    degrees: float
    auroc: Estimate


def groups_apart(
    values: Floats, group: Bools, *, n: int = 1000, seed: int = 0, level: float = 0.95
) -> GroupsApart:  # fmt: skip
    """Compare a score between the images of a group and all others.

    values: (m,) float, NaN takes no part. group: (m,) bool. n: resamples of the deviations' intervals. No interval of
    the difference where no image differs from another of its group.
    Raises TooFewRows with fewer than ten images in either. Welch 1947; the AUROC's interval is `auroc_interval`'s.
    """
    known = np.isfinite(values)
    parts = [values[known & side].astype(np.float64) for side in (group, ~group)]
    comparable(group[known])
    difference, in_errors, degrees = _welch(parts[0], parts[1], level)
    mean = (mean_estimate(parts[0], level), mean_estimate(parts[1], level))
    sd = tuple(deviation(part, n=n, seed=seed, level=level) for part in parts)
    apart = auroc_interval(values.astype(np.float64), group & known, level)
    return GroupsApart(mean, (sd[0], sd[1]), difference, in_errors, degrees, apart)


def comparable(group: Bools) -> None:
    """Refuse groups of which one is too small to be compared. group: (m,) bool. Raises TooFewRows."""
    inside = int(group.sum())
    if min(inside, len(group) - inside) < FEWEST:
        raise TooFewRows(
            f"Two groups of {inside:,} and {len(group) - inside:,} images are compared, and each needs {FEWEST}.",
            "Take more images.",
        )


def deviation(values: Floats, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> Estimate:
    """Standard deviation over rows, ddof 1, with its percentile interval. values: (m,) finite, two or more."""
    centred = values - values.mean()
    rows = len(values)

    def figures(counts: NDArray[Any]) -> Floats:
        drawn = counts.astype(np.float64)
        squares, sums = drawn @ (centred * centred), drawn @ centred
        return np.asarray(np.sqrt(np.maximum(squares - sums * sums / rows, 0) / (rows - 1))[None])

    return bootstrap_counts(figures, rows, n=n, seed=seed, level=level)[0]


def _welch(ours: Floats, theirs: Floats, level: float) -> tuple[Estimate, Estimate, float]:
    """The difference of means, the same in standard errors, and the degrees of freedom."""
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    a, b = (part.var(ddof=1) / len(part) for part in (ours, theirs))
    rows, apart, error = len(ours) + len(theirs), float(ours.mean() - theirs.mean()), float(np.sqrt(a + b))
    if error == 0:
        return Estimate(apart, n=rows), Estimate(np.nan, n=rows), np.nan
    degrees = float((a + b) ** 2 / (a * a / (len(ours) - 1) + b * b / (len(theirs) - 1)))
    half = float(stdtrit(degrees, 0.5 + level / 2))
    t = apart / error
    return (
        Estimate(apart, apart - half * error, apart + half * error, rows), Estimate(t, t - half, t + half, rows),
        degrees,
    )  # fmt: skip
