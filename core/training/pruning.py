"""Which images are trained on where a share of them is kept: the hardest, the easiest, the middle, or any at random."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..types import Bools, Floats, Ints

Which = Literal["hardest", "easiest", "middle", "random"]
DRAWING = 0x9A7E5  # a stream of random numbers of its own, apart from the epochs'


def kept_images(
    labels: Ints, rows: Bools, per_cent: float, which: Which, seed: int, difficulty: Floats | None = None
) -> Bools:
    """(n,) bool: the images of `rows` that are kept, in each class the same share, so that classes keep theirs.

    labels: (n,) int. rows: (n,) bool. per_cent: above 0, at most 100. difficulty: (n,) float, higher is harder, finite
    on `rows`; not read at random. Of a class of m images m · per_cent / 100 are kept, halves rounded up, at least one.
    "middle" leaves as many easier as harder ones out, or one harder one more. Images that are as hard as each other are
    in an order drawn by the seed, so that the order they came in decides nothing. What is kept at random is kept in
    every larger share of the same seed.
    """
    kept = np.zeros(len(labels), dtype=bool)
    generator = np.random.default_rng([seed, DRAWING])
    for label in np.unique(labels[rows]):
        drawn = generator.permutation(np.flatnonzero(rows & (labels == label)))
        count = kept_of_class(len(drawn), per_cent)
        if which != "random" and difficulty is not None:
            drawn = drawn[np.argsort(difficulty[drawn], kind="stable")]
        kept[_chosen(drawn, count, which)] = True
    return kept


def kept_of_class(images: int, per_cent: float) -> int:
    """How many images of a class are kept of so many."""
    return max(int(np.floor(images * per_cent / 100 + 0.5)), 1)


def _chosen(ordered: NDArray[np.intp], count: int, which: Which) -> NDArray[np.intp]:
    start = {"hardest": len(ordered) - count, "middle": (len(ordered) - count) // 2}.get(which, 0)
    return ordered[start : start + count]
