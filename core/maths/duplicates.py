"""Groups of images that are the same picture, from pairs of similar ones: those that need somebody's decision first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import UNLABELLED, Ints, Neighbors

THRESHOLD = 0.98
"""Cosine from which two images count as near duplicates. On photographs of the same things it leaves a handful of pairs
(TrashNet: one besides the copies, where 0.95 gives thirteen); pairs down to KEPT are stored, so a page can go lower."""

KEPT = 0.9


@dataclass(frozen=True)
class DuplicateGroup:
    """Images that are the same picture. rows: their numbers, rising.

    exact: all share one content hash. lowest_similarity: least similarity of a member to its nearest in the group.
    crosses_splits: the group is in more than one split, so a test image was trained on.
    labels_differ: labelled members disagree, so at least one label is wrong.
    """

    rows: tuple[int, ...]
    exact: bool
    lowest_similarity: float
    splits: tuple[str, ...]
    labels: tuple[int, ...]

    @property
    def crosses_splits(self) -> bool:
        """Whether members lie in more than one split."""
        return len(self.splits) > 1

    @property
    def labels_differ(self) -> bool:
        """Whether labelled members carry more than one label."""
        return len(self.labels) > 1


def duplicate_groups(
    pairs: Neighbors,
    content_hashes: NDArray[np.str_],
    labels: Ints,
    splits: Sequence[str],
    threshold: float = THRESHOLD,
) -> list[DuplicateGroup]:
    """The groups of equal or near-equal images, those that disagree or cross splits first, then by size.

    pairs: of similar images. content_hashes, labels, splits: (n,). Images are joined by equal content hash or by a
    similarity of at least `threshold`; a group is what such joins connect, so its ends may be less alike than that.
    """
    # Loaded here: half a second and 30 MB, which the dashboard's start should not pay.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(labels)
    alike = pairs.similarity >= threshold
    _, same_hash, counts = np.unique(content_hashes, return_inverse=True, return_counts=True)
    by_hash = np.argsort(same_hash, kind="stable")
    chained = same_hash[by_hash[1:]] == same_hash[by_hash[:-1]]  # each joined to the next of its hash: n links, not n^2
    one = np.concatenate([pairs.rows[alike], by_hash[:-1][chained]])
    other = np.concatenate([pairs.others[alike], by_hash[1:][chained]])
    _, group = connected_components(coo_array((np.ones(len(one)), (one, other)), shape=(n, n)), directed=False)
    closest = np.where(counts[same_hash] > 1, np.float32(1), np.float32(-1))
    np.maximum.at(closest, pairs.rows, pairs.similarity)
    np.maximum.at(closest, pairs.others, pairs.similarity)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    groups = [
        DuplicateGroup(
            rows=tuple(int(row) for row in rows),
            exact=len(set(same_hash[rows])) == 1,
            lowest_similarity=float(closest[rows].min()),
            splits=tuple(sorted({splits[row] for row in rows})),
            labels=tuple(sorted({int(labels[row]) for row in rows} - {UNLABELLED})),
        )
        for rows in np.split(order, starts[1:])
        if len(rows) > 1
    ]
    return sorted(groups, key=lambda g: (not g.labels_differ, not g.crosses_splits, -len(g.rows), g.rows))
