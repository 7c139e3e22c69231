"""How far the scores agree: in their whole order, and in the images they put on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...metrics.agreement import (
    agreement_matrix,
    kendall,
    overlap_of_places,
    places,
    spearman,
    spearman_interval,
    spearman_matrix,
)
from ...store import views
from ...types import Bools, Estimate, Floats, Ints
from ...wording import count, percent
from ..view.choices import ScoreChoice
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader

SPEARMAN, KENDALL = "Spearman", "Kendall"
MOST_ROWS = {SPEARMAN: 100_000, KENDALL: 10_000}
"""Beyond so many images a seeded sample of them is compared: the standard error is below 0.004 and 0.007 then."""

VARIANTS = ("_normalised", "_predicted", "_early", "_all", "_nearest", "_spread")
"""Endings of columns that are another reading of a score beside them: left out until every score is asked for."""

FEWEST_ON_TOP, CUTS = 10, 48
UNPLACED = -1


@dataclass(frozen=True, eq=False)
class ScoreAgreement:
    """matrix: (m, m) between the scores, in `order`, which puts those that agree side by side.

    order: (m,) positions in the list that was asked about. n: images in view with a value of any; rows: how many of
    them were compared, fewer where that is a sample.
    """

    statistic: str
    matrix: Floats
    order: Ints
    n: int
    rows: int

    @property
    def sampled(self) -> bool:
        """Whether the figures are of a sample."""
        return self.rows < self.n


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Share of the k hardest by one score that others also put among their k hardest.

    A pair is compared on the images that have both. ks: (g,) from 10 to n. shares: (others, g), NaN where fewer than k
    have both. n: images in view that the first score has a value of. both: (others,) of them that the other has one of.
    """

    ks: Ints
    shares: Floats
    n: int
    both: Ints

    @property
    def chance(self) -> Floats:
        """(others, g) the share that an unrelated score would have; NaN where there is none."""
        return np.where(np.isnan(self.shares), np.nan, self.ks / np.maximum(self.both, 1)[:, None])


def main_scores(choices: Sequence[ScoreChoice]) -> list[ScoreChoice]:
    """The scores without their variants, the newest of a name from the same source; `rmd_oof` in place of `rmd`."""
    newest = {(choice.name, choice.made_from): choice for choice in choices}
    names = {choice.name for choice in choices}
    return [
        choice
        for choice in newest.values()
        if not choice.name.endswith(VARIANTS)
        and not choice.name.startswith("suspicion_from")
        and f"{choice.name}_oof" not in names
    ]


def agreement(reader: Reader, choices: Sequence[ScoreChoice], statistic: str, selection: Selection) -> ScoreAgreement:
    """Rank correlations between scores over the images in view, each turned so that higher is harder.

    A score whose direction is not known stays as it is stored.
    """
    ids = _ids_in_view(reader, selection)
    most = MOST_ROWS[statistic]
    rows = ids if len(ids) <= most else np.sort(np.random.default_rng(0).choice(ids, most, replace=False))
    scores = [turned(reader, choice)[rows] for choice in choices]
    matrix = spearman_matrix(scores) if statistic == SPEARMAN else agreement_matrix(scores, kendall)
    order = side_by_side(matrix)
    return ScoreAgreement(statistic, matrix[np.ix_(order, order)], order, len(ids), len(rows))


def side_by_side(matrix: Floats) -> Ints:
    """(m,) an order in which rows that correlate stand together: along the main direction of the matrix."""
    known = np.nan_to_num(matrix)
    _, vectors = np.linalg.eigh(known)
    leading, second = vectors[:, -1], vectors[:, -2] if len(matrix) > 1 else vectors[:, -1]
    leading = leading * np.sign(leading.sum() or 1)
    # The angle tells groups apart that are equally strong on the main direction but point to other sides.
    return np.argsort(np.arctan2(second, leading), kind="stable")


def pair_correlation(reader: Reader, a: ScoreChoice, b: ScoreChoice, selection: Selection) -> Estimate:
    """Spearman of two scores, both with their hard end up, with its interval."""
    ids = _ids_in_view(reader, selection)
    if len(ids) > MOST_ROWS[SPEARMAN]:
        ids = np.sort(np.random.default_rng(0).choice(ids, MOST_ROWS[SPEARMAN], replace=False))
    x, y = turned(reader, a)[ids], turned(reader, b)[ids]
    n = int((~(np.isnan(x) | np.isnan(y))).sum())
    return spearman_interval(spearman(x, y), n)


def hard_places(reader: Reader, choice: ScoreChoice) -> Ints:
    """(n,) int32 place of each image from the hard end, 0 first; UNPLACED where it has no value."""
    values = turned(reader, choice)
    known = np.flatnonzero(~np.isnan(values))
    found = np.full(len(values), UNPLACED, np.int32)
    found[known] = places(values[known])
    return found


def top_overlaps(reader: Reader, first: Ints, others: Sequence[Ints], selection: Selection) -> Overlaps | None:
    """How much of the top of one score is on top of others; None with fewer than ten images.

    first, others: `hard_places` of each, so that a score is sorted once for every selection and every other score.
    """
    mask = mask_of(reader, selection)
    in_view = first != UNPLACED if mask is None else mask & (first != UNPLACED)
    n = int(np.count_nonzero(in_view))
    if n < FEWEST_ON_TOP:
        return None
    ks = np.unique(np.geomspace(FEWEST_ON_TOP, n, CUTS).round().astype(np.int64))
    shares, n_both = np.full((len(others), len(ks)), np.nan), np.zeros(len(others), np.int64)
    for row, other in enumerate(others):
        both = in_view & (other != UNPLACED)
        n_both[row] = np.count_nonzero(both)
        reached = ks <= n_both[row]
        shares[row, reached] = overlap_of_places(_among(first, both), _among(other, both), ks[reached])
    return Overlaps(ks, shares, n, n_both)


def overlap_in_words(found: Overlaps, first: ScoreChoice, others: Sequence[ScoreChoice]) -> str:
    """What others share of about the first hundredth: the most, the least, and chance, of those that have so many."""
    at = int(np.abs(found.ks - found.n // 100).argmin())
    shares, chance = found.shares[:, at], found.chance[:, at]
    known = [int(i) for i in np.argsort(-shares, kind="stable") if np.isfinite(shares[i])]
    if not known:
        return f"no other score has {count(int(found.ks[at]))} of these images"
    told = " and ".join(f"{others[i].name} {percent(shares[i])}" for i in dict.fromkeys((known[0], known[-1])))
    ends = list(dict.fromkeys(percent(end) for end in (chance[known].min(), chance[known].max())))
    return f"of the {end_in_words(first)} {count(int(found.ks[at]))} shared: {told}; chance {' to '.join(ends)}"


def end_in_words(score: ScoreChoice) -> str:
    """What the top of a score is called."""
    return "highest" if score.direction is None else "hardest"


def _among(placed: Ints, rows: Bools) -> Ints:
    """Places of some rows among themselves."""
    if rows.all():
        return placed
    present = np.zeros(len(placed), bool)
    present[placed[rows]] = True
    before = np.cumsum(present, dtype=np.int32) - np.int32(1)
    return np.asarray(before[placed[rows]])


def in_words(correlation: Estimate) -> str:
    """How far two scores agree, by the end of the interval that says less."""
    if not np.isfinite(correlation.value):
        return "cannot be compared"
    if not correlation.low > 0 and not correlation.high < 0:
        return "no agreement that this data can show"
    least = min(abs(correlation.low), abs(correlation.high))
    size = "largely" if least >= 0.6 else "partly" if least >= 0.3 else "weakly"
    return f"they {size} {'agree' if correlation.value > 0 else 'contradict each other'}"


def strongest_pairs(found: ScoreAgreement, names: Sequence[str]) -> tuple[str, str]:
    """The closest and the most distant pair in words, for a subtitle; "" each with fewer than two scores."""
    pairs = [
        (found.matrix[i, j], f"{names[i]} and {names[j]} ({found.matrix[i, j]:.2f})".replace("-", "−"))
        for i, j in combinations(range(len(names)), 2)
        if np.isfinite(found.matrix[i, j])
    ]
    return (max(pairs)[1], min(pairs)[1]) if pairs else ("", "")


def turned(reader: Reader, choice: ScoreChoice) -> Floats:
    """(n,) a score with its hard end up; as stored where its direction is not known."""
    return views.harder_high(views.score(reader.hub, choice.address), choice.direction)


def _ids_in_view(reader: Reader, selection: Selection) -> Ints:
    mask = mask_of(reader, selection)
    return np.arange(reader.n_images) if mask is None else np.flatnonzero(mask)
