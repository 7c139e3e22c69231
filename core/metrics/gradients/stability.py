"""How far a score comes out the same from networks that differ by chance alone: its order, its top decile, its places.

Every figure is of the images and of the networks, and says which of the two its interval is of: `over_images`, these
networks with other images; `over_seeds`, these images with other seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...errors import TooFewRows
from ...types import Estimate, Floats
from ..agreement import overlap_of_places, places, ranks, spearman_matrix
from ..intervals import mean_estimate
from ..seeds import mean_over_seeds

TOP = 10
"""The top decile: one image in ten, which is also the overlap by chance, 0.1."""
GROUPS = 20
"""Of images, each left out once. Twenty say how much a figure varies to within a sixth."""
FEWEST = 50  # images, below which a top decile is a handful

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Agreement:
    """How far the orders agree of pairs of scores, on average.

    spearman: -1..1. overlap: of the top deciles, share of one that is in the other, 0..1, 0.1 by chance. Each with two
    estimates of one value: whose interval is of other images, and whose is of other seeds, without ends below three.
    """

    spearman: tuple[Estimate, Estimate]
    overlap: tuple[Estimate, Estimate]


def agreement_over_seeds(scores: Floats, *, seed: int = 0, level: float = 0.95) -> Agreement:
    """Mean agreement of every two seeds' scores. scores: (seeds, n) finite, two seeds or more.

    Images: a jackknife that leaves out a twentieth at a time. Seeds: one that leaves out a seed, since pairs that share
    one are not independent. Raises TooFewRows below 50 images. Efron & Tibshirani 1993, chapter 11.
    """
    pairs = list(combinations(range(len(scores)), 2))
    over_images = _over_images(scores, pairs, seed, level)
    figures = _figures(scores, pairs)
    left = [[i for i, pair in enumerate(pairs) if one not in pair] for one in range(len(scores))]
    over_seeds = [
        jackknife(float(row.mean()), np.array([row[which].mean() for which in left]), len(scores), level)
        if len(scores) > 2 else Estimate(float(row.mean()), n=len(scores))
        for row in figures
    ]  # fmt: skip
    return Agreement(*_bounded(over_images, over_seeds))


def agreement_with(fewer: Floats, whole: Floats, *, seed: int = 0, level: float = 0.95) -> Agreement:
    """Mean over seeds of the agreement of two scores of the same network, such as VoG of fewer and of all checkpoints.

    fewer, whole: (seeds, n) finite, a row per seed. Seeds: Student's interval. Raises TooFewRows below 50 images.
    """
    scores = np.concatenate([fewer, whole])
    pairs = [(i, len(fewer) + i) for i in range(len(fewer))]
    over_images = _over_images(scores, pairs, seed, level)
    over_seeds = [mean_over_seeds(row, level) for row in _figures(scores, pairs)]
    return Agreement(*_bounded(over_images, over_seeds))


def spread_over_seeds(scores: Floats, level: float = 0.95) -> Estimate:
    """Standard deviation over seeds (ddof 1) of an image's percentile, 0..100, mean over images.

    scores: (seeds, n) finite, two seeds or more. 0: every seed gives the same order; 28.9: as if drawn anew each time,
    on average over many images and seeds. The interval is Student's over images, of these seeds.
    """
    percentiles = np.stack([100 * (ranks(row) - 0.5) / len(row) for row in scores])
    return mean_estimate(percentiles.std(axis=0, ddof=1), level)


def jackknife(value: float, without: Floats, n: int, level: float = 0.95) -> Estimate:
    """A value with its interval, from the values (g,) that it has without each of g equal groups of rows.

    n: what the estimate counts. Student's quantile of g - 1 degrees; no ends where all g are equal.
    """
    from scipy.special import stdtrit  # not at the top, because scipy is slow to import

    g = len(without)
    error = float(np.sqrt((g - 1) / g * np.square(without - without.mean()).sum()))
    if not error > 0:
        return Estimate(value, n=n)
    half = float(stdtrit(g - 1, 0.5 + level / 2)) * error
    return Estimate(value, value - half, value + half, n)


def _figures(scores: Floats, pairs: Pairs) -> Floats:
    """(2, p) Spearman correlation and overlap of the top deciles of each pair of rows."""
    matrix, placed = spearman_matrix(list(scores)), [places(row) for row in scores]
    top = np.array([max(1, scores.shape[1] // TOP)])
    first, second = (list(side) for side in zip(*pairs, strict=True))
    overlaps = [float(overlap_of_places(placed[i], placed[j], top)[0]) for i, j in pairs]
    return np.stack([matrix[first, second], np.array(overlaps)])


def _over_images(scores: Floats, pairs: Pairs, seed: int, level: float) -> list[Estimate]:
    """Mean Spearman correlation and mean overlap of the pairs, with intervals over images."""
    n = scores.shape[1]
    if n < FEWEST:
        raise TooFewRows(f"Orders of {n} images are compared, and {FEWEST} are needed.", "Take more images.")
    group = np.random.default_rng([seed, 0x57AB1]).permutation(n) % GROUPS
    without = np.stack([_figures(scores[:, group != one], pairs).mean(axis=1) for one in range(GROUPS)], axis=1)
    whole = _figures(scores, pairs).mean(axis=1)
    return [jackknife(float(value), row, n, level) for value, row in zip(whole, without, strict=True)]


def _bounded(
    over_images: Sequence[Estimate], over_seeds: Sequence[Estimate]
) -> tuple[tuple[Estimate, Estimate], tuple[Estimate, Estimate]]:
    """Both figures with both estimates; ends within what the figure can be."""
    spearman, overlap = (
        tuple(
            Estimate(one.value, float(np.clip(one.low, low, 1)), float(np.clip(one.high, low, 1)), one.n)
            for one in both
        )
        for both, low in zip(zip(over_images, over_seeds, strict=True), (-1, 0), strict=True)
    )
    return (spearman[0], spearman[1]), (overlap[0], overlap[1])
