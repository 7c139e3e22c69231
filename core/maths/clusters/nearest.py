"""The nearest rows of queries, found among some rows now and among others later: the results join, and are exact."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...types import Bools, Floats, Ints
from ..neighbors import build, nearest


@dataclass(frozen=True)
class Members:
    """Rows that are searched. vectors: (n, d). rows: (n,) their numbers, rising. keys: (n,) equal for
    equal vectors. kept: (n, j) integers that go with each row."""

    vectors: Floats
    rows: Ints
    keys: NDArray[np.uint64]
    kept: NDArray[np.int64]

    def where(self, chosen: Bools | Ints) -> Members:
        """Some of them, in their order."""
        return Members(self.vectors[chosen], self.rows[chosen], self.keys[chosen], self.kept[chosen])


@dataclass(frozen=True)
class NearestRows:
    """The k nearest rows of m queries.

    similarity: (m, k) cosine, falling, NaN where there are fewer. rows: (m, k), -1 there. kept: (m, k, j), 0 there.
    """

    similarity: Floats
    rows: Ints
    kept: NDArray[np.int64]

    @classmethod
    def none(cls, queries: int, k: int, kept: int) -> NearestRows:
        """Nothing found yet."""
        return cls(
            np.full((queries, k), np.nan, np.float32), np.full((queries, k), -1),
            np.zeros((queries, k, kept), np.int64),
        )  # fmt: skip

    def join(self, other: NearestRows, k: int) -> NearestRows:
        """The k nearest of both, which have no row in common; equal similarities come in the order of the rows."""
        similarity = np.concatenate([self.similarity, other.similarity], axis=1)
        rows, kept = np.concatenate([self.rows, other.rows], axis=1), np.concatenate([self.kept, other.kept], axis=1)
        order = np.lexsort((rows, -np.where(np.isnan(similarity), -np.inf, similarity)), axis=1)[:, :k]
        return NearestRows(
            np.take_along_axis(similarity, order, 1), np.take_along_axis(rows, order, 1),
            np.take_along_axis(kept, order[:, :, None], 1),
        )  # fmt: skip

    @property
    def k(self) -> int:
        """How many are kept of each query."""
        return int(self.rows.shape[1])

    def take_in(self, at: Ints, part: NearestRows) -> None:
        """Keep what is nearer of what was found for some of the queries. at: (m,) which; part: theirs."""
        nearer = ~(part.similarity[:, 0] < self.similarity[at, -1])  # as near as the last, or either is missing
        at, part = at[nearer], part.of(nearer)
        both = self.of(at).join(part, self.k)
        self.similarity[at], self.rows[at], self.kept[at] = both.similarity, both.rows, both.kept

    def of(self, at: Ints | Bools) -> NearestRows:
        """What was found for some of the queries."""
        return NearestRows(self.similarity[at], self.rows[at], self.kept[at])


def search(members: Members, queries: Floats, query_rows: Ints, k: int) -> NearestRows:
    """The k members most similar to each query, itself left out. queries: (m, d); query_rows: (m,) their own numbers.

    Of equal vectors the first k + 1 alone are searched: of ties the first rows are taken, so nobody's k nearest hold
    another, and a cluster of a million equal images costs what one image does.
    """
    found = NearestRows.none(len(queries), k, members.kept.shape[1])
    members = members.where(first_of_equal(members.keys, k + 1))
    if not len(members.rows) or not len(queries):
        return found
    index = replace(build(members.vectors, exact_up_to=len(members.rows)), rows=members.rows)
    indexed = np.isin(query_rows, members.rows)
    for at, own in ((np.flatnonzero(indexed), query_rows[indexed]), (np.flatnonzero(~indexed), None)):
        # Apart, because whoever is among few rows has one neighbour less than who is not.
        similarity, rows = nearest(index, queries[at], k, query_rows=own)
        wide = slice(rows.shape[1])
        place = np.clip(np.searchsorted(members.rows, rows), 0, len(members.rows) - 1)
        found.similarity[at, wide], found.rows[at, wide] = similarity, rows
        found.kept[at, wide] = np.where(rows[:, :, None] >= 0, members.kept[place], 0)
    return found


def first_of_equal(keys: NDArray[np.uint64], most: int) -> Ints:
    """(m,) rising: the places of all but those that `most` equal ones stand before."""
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=~keys[order][:1] if len(keys) else 0) != 0)
    run = np.repeat(starts, np.diff([*starts, len(keys)]))
    return np.sort(order[np.arange(len(keys)) - run < most])
