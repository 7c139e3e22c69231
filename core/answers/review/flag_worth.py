"""What the flags are worth: precision at each cut, errors left and noise of the whole set, from a random sample.

Images are divided by class and by band of the score: the most suspect 1 %, the next 1 % … and all below the last cut.
In each such stratum they have a seeded random order; those reviewed from its start on, without a gap, are a random
sample of it. Images reviewed for any other reason correct labels but take no part in the estimates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...metrics.sampling import allocation, more_to_halve, random_places, wrong_share, wrong_total
from ...types import UNLABELLED, Bools, Estimate, Floats, Ints
from ...wording import in_sentence, percent, percent_interval

CUTS = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of the labelled images, the most suspect first."""
MOST_UNKNOWN = 0.1
"""Share of some images that may lie where nothing was drawn: with more, the others do not speak for them."""
NEARLY_ALL = 0.9
"""Share of a band's images after which those that are left hardly change what is known of it."""
TARGET = 0.01
"""Wrong labels left, as a share of all, that the stop rule is satisfied with."""


@dataclass(frozen=True)
class Strata:
    """The design and what is known of it. rows: (n,) int, each image's stratum, -1 for one without label or score.

    place: (n,) int, its place in the stratum's random order. label, band: (h,) int. size, decided, sampled, wrong:
    (h,) int, of each stratum: images, those that were decided, those at the start of its order without a gap, and the
    wrong labels among these. found: wrong labels found so far, in the sample or outside it.
    """

    rows: Ints
    place: Ints
    label: Ints
    band: Ints
    size: Ints
    decided: Ints
    sampled: Ints
    wrong: Ints
    found: int


@dataclass(frozen=True)
class SampledPrecision:
    """Share of wrong labels among the most suspect `cut` of the images, of one class or of all (label None)."""

    cut: float
    label: int | None
    images: int
    sampled: int
    precision: Estimate
    more_to_halve: int | None


@dataclass(frozen=True)
class FlagWorth:
    """precisions: for all and for each class, at each cut. noise: share of wrong labels as the data has them.

    left: wrong labels that nobody has found yet, a number. stop: whether the rule says to stop, and in words why.
    """

    precisions: tuple[SampledPrecision, ...]
    noise: Estimate
    left: Estimate
    images: int
    stop: bool
    words: str


def strata_of(
    score: Floats, labels: Ints, reviewed: Bools, wrong: Bools, *, cuts: Sequence[float] = CUTS, seed: int = 0
) -> Strata:  # fmt: skip
    """Divide the images and count what was reviewed. score: (n,) float, higher is more suspect, NaN for none."""
    part = np.flatnonzero((labels != UNLABELLED) & ~np.isnan(score))
    order = part[np.argsort(-score[part], kind="stable")]
    ends = np.round(np.asarray(cuts) * len(part)).astype(int)
    band = np.searchsorted(ends, np.arange(len(part)), side="right")
    code = np.full(len(score), UNLABELLED)
    code[order] = labels[order] * (len(cuts) + 1) + band
    present, dense = np.unique(code[part], return_inverse=True)
    rows, place = np.full(len(score), UNLABELLED), np.full(len(score), UNLABELLED)
    rows[part], place[part] = dense, random_places(dense, seed)
    size = np.bincount(dense, minlength=len(present))
    # The first image of each stratum's order that nobody has decided ends its sample.
    sampled = size.copy()
    undecided = part[~reviewed[part]]
    np.minimum.at(sampled, rows[undecided], place[undecided])
    counted = part[(place[part] < sampled[rows[part]]) & wrong[part]]
    return Strata(
        rows, place, present // (len(cuts) + 1), present % (len(cuts) + 1), size,
        np.bincount(rows[part[reviewed[part]]], minlength=len(present)), sampled,
        np.bincount(rows[counted], minlength=len(present)), int((reviewed & wrong)[part].sum()),
    )  # fmt: skip


def as_drawn(strata: Strata) -> Strata:
    """The same without what is in the sample by chance alone.

    Of d decisions scattered over a stratum of N images, d / (N - d + 1) stand at the start of its random order without
    a gap. A band whose strata have less than twice that was reviewed for other reasons, by rank for one, and says
    nothing of the images that were not. A stratum that is decided whole needs no sample, and nine tenths of a band are
    as good as one.
    """
    part = strata.sampled < strata.size
    expected = _by_band(strata, strata.decided / (strata.size - strata.decided + 1), part)
    scattered = _by_band(strata, strata.sampled, part) < 2 * expected
    few = _by_band(strata, strata.decided, part) < NEARLY_ALL * _by_band(strata, strata.size, part)
    dropped = part & (scattered & few)[strata.band]
    return replace(strata, sampled=np.where(dropped, 0, strata.sampled), wrong=np.where(dropped, 0, strata.wrong))


def not_drawn(strata: Strata, least: int = 1) -> Ints:
    """Bands of which fewer than `least` images were drawn beside the strata that are decided whole."""
    part = strata.sampled < strata.size
    wanted = np.minimum(_by_band(strata, strata.size, part), least)
    return np.flatnonzero(_by_band(strata, strata.sampled, part) < wanted)


def _by_band(strata: Strata, values: Ints | Floats, part: Bools) -> Floats:
    """(bands,) sums over some of the strata. values: (h,)."""
    sums = np.bincount(strata.band[part], values[part], minlength=int(strata.band.max(initial=-1)) + 1)
    return sums.astype(np.float64)


def next_to_sample(strata: Strata, n: int) -> Ints:
    """Rows of the images to review next, (n or fewer,): half where the total is least certain, half evenly.

    Evenly, so that every class and band is known a little; where uncertain, so that the noise of the set is.
    """
    n = min(n, int((strata.size - strata.sampled).sum()))
    more = allocation(strata.size, strata.sampled, strata.wrong, n // 2)
    for _ in range(n - int(more.sum())):
        open_ = strata.sampled + more < strata.size
        more[np.argmin(np.where(open_, strata.sampled + more, strata.size.max() + 1))] += 1
    chosen = np.flatnonzero(strata.rows >= 0)
    within = strata.place[chosen] - strata.sampled[strata.rows[chosen]]
    chosen = chosen[(within >= 0) & (within < more[strata.rows[chosen]])]
    return chosen[np.lexsort((strata.rows[chosen], strata.place[chosen]))]


@dataclass(frozen=True)
class SampledNoise:
    """Wrong labels in all that a sample was drawn from. total: how many. share: of the images.

    missing: the band of most images that was not drawn from, None where so few are missing that the rest speak for
    them; else neither has a value.
    """

    total: Estimate
    share: Estimate
    missing: int | None


def noise_of(strata: Strata) -> SampledNoise:
    """How many labels are wrong in all, by the sample. strata: `as_drawn`."""
    missing, images = not_drawn(strata), int(strata.size.sum())
    total = wrong_total(strata.size, strata.sampled, strata.wrong)
    blind = strata.size[np.isin(strata.band, missing)].sum() > MOST_UNKNOWN * images
    total = _without_value(total) if blind else total
    share = total.share_of(images) if images else Estimate(np.nan, 0.0, 1.0, unit="share")
    return SampledNoise(total, share, int(missing[-1]) if blind else None)


def flag_worth(
    strata: Strata, class_names: Sequence[str], *, cuts: Sequence[float] = CUTS, target: float = TARGET
) -> FlagWorth:  # fmt: skip
    """Every estimate that the sample so far allows, with 95 % intervals, and whether to go on.

    strata: `as_drawn`. An estimate is only an interval, its value NaN, where more than MOST_UNKNOWN of its images lie
    in bands that were not drawn from.
    """
    precisions, missing = [], not_drawn(strata)
    unknown = np.isin(strata.band, missing)
    for label in (None, *range(len(class_names))):
        for number, cut in enumerate(cuts):
            inside = (strata.band <= number) & (True if label is None else strata.label == label)
            size, sampled, wrong = strata.size[inside], strata.sampled[inside], strata.wrong[inside]
            if size.sum():
                more = more_to_halve(size, sampled, wrong)
                share = wrong_share(size, sampled, wrong)
                share = share if size[unknown[inside]].sum() <= MOST_UNKNOWN * size.sum() else _without_value(share)
                precisions.append(SampledPrecision(cut, label, int(size.sum()), int(sampled.sum()), share, more))
    noise = noise_of(strata)
    value, low, high = (max(end - strata.found, 0.0) for end in noise.total.numbers)
    left = replace(noise.total, value=value, low=low, high=high)
    images = int(strata.size.sum())
    stop = bool(images and left.high <= target * images)
    where = "" if noise.missing is None else band_in_words(noise.missing, cuts)
    words = in_words(precisions, noise.share, left, images, class_names, stop=stop, target=target, missing=where)
    return FlagWorth(tuple(precisions), noise.share, left, images, stop, words)


def _without_value(estimate: Estimate) -> Estimate:
    return replace(estimate, value=np.nan)


def in_words(
    precisions: Sequence[SampledPrecision], noise: Estimate, left: Estimate, images: int, class_names: Sequence[str], *,
    stop: bool, target: float, missing: str,
) -> str:  # fmt: skip
    """The stop rule, and where more reviews tell most. missing: the images that were not drawn from, "" for none."""
    if not any(each.sampled for each in precisions):
        return "Nothing of the random sample has been reviewed yet, so nothing is known of the flags or what is left."
    if missing:
        return (
            f"Of {missing} nothing of the random sample has been reviewed yet, so neither how many labels are wrong "
            "nor how many are left is known. Go on with the sample: it is drawn from the whole score."
        )
    said = (
        f"An estimated {percent_interval(noise)} of {images:,} labels are wrong as given; "
        f"{left.value:,.0f} [{left.low:,.0f}, {left.high:,.0f}] of them are not found yet. "
    )
    limit = f"at most {percent(target)} of all labels ({target * images:,.0f})"
    if stop:
        return f"{said}You can stop: with 95 % confidence {limit} are wrong and not found."
    said += f"Go on: it cannot be said with 95 % confidence that {limit} are wrong and not found."
    of_class = [each for each in precisions if each.label is not None and each.sampled and each.more_to_halve]
    if not of_class:
        return said
    widest = max(of_class, key=lambda each: each.precision.high - each.precision.low)
    name = in_sentence(class_names[widest.label or 0])
    return (
        f"{said} Least is known of class {name}, in the most suspect {percent(widest.cut)}: "
        f"review {widest.more_to_halve:,} more of it to halve the interval "
        f"[{percent(widest.precision.low)}, {percent(widest.precision.high)}]."
    )


def band_in_words(band: int, cuts: Sequence[float]) -> str:
    """Which images a band holds: "the most suspect 1 %", "those below the most suspect 20 %"."""
    if band == 0:
        return f"the most suspect {percent(cuts[0])}"
    above = percent(cuts[band - 1])
    if band == len(cuts):
        return f"those below the most suspect {above}"
    return f"the images between the most suspect {above} and {percent(cuts[band])}"
