"""Duplicates: images that are there twice, and the groups of them that need somebody's decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..errors import MissingRun
from ..neighbors import build, nearest
from ..types import UNLABELLED, Floats, Inputs, Ints, ScoreColumn
from .registry import register
from .required import reasons, required_features

NEIGHBORS = 10  # a near-duplicate group larger than this still joins up, through its members' own lists


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


def nearest_other(features: Floats, content_hashes: NDArray[np.str_], k: int = NEIGHBORS) -> tuple[Floats, Ints]:
    """Each image's k most similar others, images of equal content hash at similarity 1 whatever the encoder said.

    Returns similarity (n, k) float32 and rows (n, k), as `neighbors.nearest`.
    """
    similarity, found = nearest(build(features), features, k, query_rows=np.arange(len(features)))
    same = content_hashes[found] == content_hashes[:, None]
    return np.where(same & (found >= 0), np.float32(1), similarity), found


def duplicate_groups(
    similarity: Floats,
    found: Ints,
    content_hashes: NDArray[np.str_],
    labels: Ints,
    splits: Sequence[str],
    threshold: float = 0.98,
) -> list[DuplicateGroup]:
    """The groups of equal or near-equal images, those that disagree or cross splits first, then by size.

    similarity, found: as `nearest_other` gives. Images are joined by equal content hash or by similarity of at
    least `threshold`; a group is what such joins connect, so its ends may be less alike than its links.
    """
    n = len(labels)
    source, rank = np.nonzero(similarity >= threshold)
    _, same_hash, counts = np.unique(content_hashes, return_inverse=True, return_counts=True)
    by_hash = np.argsort(same_hash, kind="stable")
    chained = same_hash[by_hash[1:]] == same_hash[by_hash[:-1]]  # each joined to the next of its hash: n links, not n^2
    one = np.concatenate([source, by_hash[:-1][chained]])
    other = np.concatenate([found[source, rank], by_hash[1:][chained]])
    _, group = connected_components(coo_array((np.ones(len(one)), (one, other)), shape=(n, n)), directed=False)
    closest = np.where(counts[same_hash] > 1, np.float32(1), similarity.max(axis=1, initial=-1.0))
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


@register(
    "duplicates",
    needs={"features", "content_hashes"},
    source="content hash for exact copies; cosine similarity of embeddings for near ones",
    direction=None,
)
def duplicates(inputs: Inputs) -> list[ScoreColumn]:
    """Cosine similarity to the most similar other image, 1 for an exact copy.

    Range -1..1. Says nothing of difficulty, so it has no direction. Labels and splits are read by
    `duplicate_groups`, not here.
    """
    features = required_features(inputs, "duplicates")
    hashes = inputs.content_hashes
    if hashes is None:
        raise MissingRun("duplicates needs the images' content hashes, and there are none.", "Run: hardlook ingest")
    similarity, _ = nearest_other(features, hashes, k=1)
    _, same_hash, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    best = similarity[:, 0] if similarity.shape[1] else np.full(len(features), np.nan, np.float32)
    values = np.where(counts[same_hash] > 1, np.float32(1), best)
    return [
        ScoreColumn(
            name="duplicate",
            values=values.astype(np.float32),
            direction=None,
            scorer="duplicates",
            parameters={"similarity": "cosine"},
            fitted_on=f"all {len(features)} images, each without itself",
            reason=reasons(without_another_image=np.isnan(values)),
        )
    ]
