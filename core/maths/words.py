"""Which of many words tell some images from the others, against selections of as many images by chance.

A word is a direction of the images' space: the vector of a text, a class's centre, a column. Similarities are inner
products, so the mean similarity of some images is that of their mean vector, and neither a margin nor what a thousand
permuted selections give needs a similarity of each image to each word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, TooFewRows
from ..types import Bools, Floats, Ints

PERMUTATIONS = 999
LEVEL = 0.95
FALSE_FINDINGS = 0.05 / 4
"""How often anything may tell a selection by chance. Four are asked at once, both ends of a score by words and by
columns, and one false finding in twenty such pages is what is taken."""
FEWEST = 5  # images on either side: of 4 and 4 there are 70 selections, too few for 1 in 1,000 to mean anything
AT_ONCE = 100  # permuted selections
WORDS_AT_ONCE = 4096


@dataclass(frozen=True)
class Margins:
    """How much more like each word the selected images are than those they are compared with; (w,) float64 each.

    margin: difference of mean similarities, in standard deviations of that similarity within groups; NaN for a word
    that every image is equally like. low, high: its interval, the margin less what permuted selections give of the
    word. p: share of permuted selections in which any word of all has a margin as large, so that a list of thousands
    makes a false finding no more often than one word would. selected, others: images on either side.
    """

    margin: Floats
    low: Floats
    high: Floats
    p: Floats
    selected: int
    others: int

    def order(self) -> NDArray[np.int64]:
        """Positions of the words that have a margin, the largest first."""
        order = np.argsort(-self.margin, kind="stable")  # NaN comes last
        return order[: int(np.isfinite(self.margin).sum())]

    def telling(self) -> NDArray[np.int64]:
        """Positions of the words that tell the selection, the largest margin first."""
        order = self.order()
        return order[self.p[order] <= FALSE_FINDINGS]


@dataclass(frozen=True)
class _Compared:
    """The rows that take part, sorted by group. rows: (r,) into the caller's. x: (r, d) less the group's mean.

    weight: (r,) of a selected row of that group, so that the weighted sum is the mean difference. first: (r,) bool, as
    many rows of each group as are selected of it. groups: (r,) 0, 1 …
    """

    rows: Ints
    x: Floats
    weight: Floats
    first: Bools
    groups: Ints


def margins(
    vectors: Floats, selected: Bools, words: Floats, groups: Ints | None = None, *,
    permutations: int = PERMUTATIONS, level: float = LEVEL, seed: int = 0,
) -> Margins:  # fmt: skip
    """Compare the selected images with the others of their group, and that with permuted selections.

    vectors: (n, d) finite, of unit length where similarity is to be the cosine. selected: (n,). words: (w, d) likewise.
    groups: (n,) int, classes for instance: an image is compared with its own group's alone, and permuted within it;
    None for one group. A group weighs as much as it has of the selected; one that is not divided is left out.
    Raises TooFewRows below FEWEST images on either side, BadInput where the words have another dimension.
    Westfall & Young 1993, section 2.2: the largest of all words under each permutation.
    """
    if words.ndim != 2 or words.shape[1] != vectors.shape[1]:
        raise BadInput(f"Words of shape {words.shape} are not of the space of vectors of shape {vectors.shape}.")
    parts = _compared(vectors, selected, np.zeros(len(vectors), np.int64) if groups is None else groups)
    m, others = int(parts.first.sum()), int((~parts.first).sum())
    refuse_too_few(m, others)
    directions = words.astype(np.float32) / _deviation(parts, words)[:, None]
    weighted = parts.x * parts.weight[:, None]
    own = directions @ weighted[selected[parts.rows]].sum(axis=0)
    shuffled = np.concatenate(list(_permuted(weighted, parts, permutations, np.random.default_rng(seed))))
    low, high, largest = np.empty_like(own), np.empty_like(own), np.full(permutations, -np.inf)
    for start in range(0, len(words), WORDS_AT_ONCE):
        part = slice(start, start + WORDS_AT_ONCE)
        chance = shuffled @ directions[part].T
        low[part], high[part] = own[part] - np.quantile(chance, [0.5 + level / 2, 0.5 - level / 2], axis=0)
        largest = np.maximum(largest, np.nan_to_num(chance, nan=-np.inf).max(axis=1))
    reached = permutations - np.searchsorted(np.sort(largest), np.nan_to_num(own, nan=-np.inf), side="left")
    p = np.where(np.isfinite(own), (reached + 1) / (permutations + 1), 1.0)  # the selection itself is one of them
    return Margins(own.astype(float), low.astype(float), high.astype(float), p, m, others)


def refuse_too_few(selected: int, others: int) -> None:
    """Raise TooFewRows where there are not FEWEST images on either side."""
    if min(selected, others) < FEWEST:
        raise TooFewRows(
            f"{selected} images are to be told from {others} others, and {FEWEST} are needed on either side.",
            "Take a larger share, or more images.",
        )


def _compared(vectors: Floats, selected: Bools, groups: Ints) -> _Compared:
    """What can be compared: the groups that have selected images and others."""
    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    chosen = np.bincount(codes, weights=selected, minlength=len(sizes)).astype(np.int64)
    divided = (chosen > 0) & (chosen < sizes)
    rows = np.flatnonzero(divided[codes])
    rows = rows[np.argsort(codes[rows], kind="stable")]
    own = codes[rows]
    starts = np.searchsorted(own, np.arange(len(sizes)))
    x = np.asarray(vectors[rows], np.float32)
    for code in np.flatnonzero(divided):
        part = slice(starts[code], starts[code] + sizes[code])
        x[part] -= x[part].mean(axis=0, dtype=np.float64)
    # Of a group of which s of n are selected, whose rows sum to 0, the selected ones' sum t gives the means t / s and
    # -t / (n - s): a difference of t n / (s (n - s)), which counts s times in the mean over all selected.
    weight = (sizes / np.maximum(chosen.sum(where=divided) * (sizes - chosen), 1))[own]
    first = np.arange(len(rows)) - starts[own] < chosen[own]
    return _Compared(rows, x, weight.astype(np.float32), first, own)


def _deviation(parts: _Compared, words: Floats) -> Floats:
    """(w,) standard deviation of each word's similarity within groups; NaN where there is none."""
    degrees = max(len(parts.rows) - len(np.unique(parts.groups)), 1)
    covariance = (parts.x.T @ parts.x) / degrees
    variance = np.einsum("wd,wd->w", words @ covariance, words)
    tiny = np.finfo(np.float32).eps * float(np.trace(covariance)) * np.einsum("wd,wd->w", words, words)
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.where(variance > tiny, variance, np.nan)).astype(np.float32)


def _permuted(
    weighted: Floats, parts: _Compared, permutations: int, generator: np.random.Generator
) -> Iterator[NDArray[Any]]:
    """(b, d) blocks: mean differences of selections that take as many rows of each group by chance."""
    for start in range(0, permutations, AT_ONCE):
        many = min(AT_ONCE, permutations - start)
        # A group's number before the point keeps the groups in their places; what stands first in each is taken.
        order = np.argsort(parts.groups + generator.random((many, len(parts.rows))), axis=1)[:, parts.first]
        taken = np.zeros((many, len(parts.rows)), np.float32)
        np.put_along_axis(taken, order, 1, axis=1)
        yield taken @ weighted
