"""Which images a lens shows: the hardest by each score, and a share at random, in one pass over the shards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...types import Bools, Floats, Ints

RANDOM_SHARE = 0.2
"""Of a lens: enough that shares of the whole are told within a few points from some hundreds of images, and little
enough that most of what is looked at is hard."""
AT_RANDOM = "random"


@dataclass(frozen=True)
class LensImages:
    """The images of a lens, in the order of the shards. shards, rows: (m,). by: (m,) why each is there."""

    shards: Ints
    rows: Ints
    by: list[str]

    def count(self, why: str) -> int:
        """How many are there for a reason, alone or among others."""
        return sum(why in one.split(", ") for one in self.by)

    @property
    def n_twice(self) -> int:
        """How many are there for several reasons."""
        return sum(", " in one for one in self.by)

    def of_shards(self) -> Iterator[tuple[int, slice]]:
        """Each shard that has some, with their places here."""
        for shard in np.unique(self.shards):
            start, stop = np.searchsorted(self.shards, [shard, shard + 1])
            yield int(shard), slice(int(start), int(stop))


class Largest:
    """The `most` largest values of those that are added, with where they are; memory grows with `most` alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: Floats = np.zeros(0)
        self._where: NDArray[np.int64] = np.zeros((0, 2), np.int64)

    def add(self, shard: int, values: Floats, among: Bools) -> None:
        """values: (n,) of a shard's rows, NaN for none. among: (n,) bool, the rows that count."""
        rows = np.flatnonzero(among & np.isfinite(values))
        where = np.column_stack([np.full(len(rows), shard), rows])
        self._values = np.concatenate([self._values, values[rows].astype(np.float64)])
        self._where = np.concatenate([self._where, where])
        if len(self._values) > 2 * self._most:
            self._keep()

    def in_order(self) -> list[tuple[int, int]]:
        """(shard, row), the largest first; of equal values the earlier first."""
        self._keep()
        return [(int(shard), int(row)) for shard, row in self._where]

    def _keep(self) -> None:
        order = np.lexsort((self._where[:, 1], self._where[:, 0], -self._values))[: self._most]
        self._values, self._where = self._values[order], self._where[order]


def at_random(shard: int, n: int, seed: int, stream: int = 0) -> Floats:
    """(n,) a number in 0..1 for each row of a shard, by which rows are drawn: the same whoever draws them.

    stream: 0 for the random share of a lens. What other draws are for has a number of its own, and shares no numbers
    with a lens of whatever seed, or the share would hold the very rows that scores learned from.
    """
    return np.random.default_rng([seed, shard, stream] if stream else [seed, shard]).random(n)


def choose(
    hardest: Mapping[str, Sequence[tuple[int, int]]], drawn: Sequence[tuple[int, int]], images: int
) -> LensImages:
    """A fifth at random, then the hardest of each score in turn until there are so many images.

    hardest: score -> (shard, row), the hardest first. drawn: (shard, row) in the order of the draw. An image that is
    there for several reasons counts once, so the drawn ones stay a fair sample of the whole.
    """
    why: dict[tuple[int, int], list[str]] = {place: [AT_RANDOM] for place in drawn[: round(images * RANDOM_SHARE)]}
    following = {name: iter(places) for name, places in hardest.items()}
    while following and len(why) < images:
        for name in list(following):
            place = next(following[name], None)
            if place is None:
                del following[name]
            elif len(why) < images or place in why:
                why.setdefault(place, []).append(name)
    places = sorted(why)
    shards, rows = np.array(places, np.int64).reshape(len(places), 2).T
    return LensImages(shards, rows, [", ".join(why[place]) for place in places])
