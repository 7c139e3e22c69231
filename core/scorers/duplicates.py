"""Duplicates: how alike the most similar other image is, and the pairs that `core.maths.duplicates` makes groups of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingRun, command
from ..maths.arithmetic import NUMPY, Arithmetic
from ..maths.duplicates import KEPT
from ..maths.neighbors import build, nearest
from ..types import Bools, Floats, Ints, Neighbors, ScoreColumn
from .inputs import Inputs, reasons, required_features
from .inputs.asks import Asks
from .registry import register

NEIGHBORS = 10  # a near-duplicate group larger than this still joins up, through its members' own lists


def nearest_other(
    features: Floats, content_hashes: NDArray[np.str_], k: int = NEIGHBORS, on: Arithmetic = NUMPY
) -> tuple[Floats, Ints]:
    """Each image's k most similar others, images of equal content hash at similarity 1 whatever the encoder said.

    on: where to search. Returns similarity (n, k) float32 and rows (n, k), as `neighbors.nearest`.
    """
    similarity, found = nearest(build(features, on=on), features, k, query_rows=np.arange(len(features)))
    same = content_hashes[found] == content_hashes[:, None]
    return np.where(same & (found >= 0), np.float32(1), similarity), found


def similar_pairs(similarity: Floats, found: Ints, at_least: float = KEPT) -> Neighbors:
    """The pairs of (n, k) similarities and rows that are at least that similar."""
    rows, rank = np.nonzero(similarity >= at_least)
    return Neighbors(rows, found[rows, rank], similarity[rows, rank])


@register(
    "duplicates",
    needs={"features", "content_hashes"},
    may_use={"arithmetic"},
    source="content hash for exact copies; cosine similarity of embeddings for near ones",
    direction=None,
    asks=Asks(images=2),
)
def duplicates(inputs: Inputs) -> list[ScoreColumn]:
    """Cosine similarity to the most similar other image, 1 for an exact copy.

    Range -1..1. Says nothing of difficulty, so it has no direction. Pairs of 0.9 and more are kept with it, of which
    `core.maths.duplicates` makes groups.
    """
    features = required_features(inputs, "duplicates")
    hashes = inputs.content_hashes
    if hashes is None:
        raise MissingRun(
            "duplicates needs the images' content hashes, and there are none.", "Run", command(None, "ingest", "PATH")
        )
    similarity, found = nearest_other(features, hashes, on=inputs.arithmetic)
    _, same_hash, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    column = duplicate_column(similarity, counts[same_hash] > 1, f"all {len(features)} images, each without itself")
    return [replace(column, neighbors=similar_pairs(similarity, found))]


def duplicate_column(similarity: Floats, copied: Bools, fitted_on: str) -> ScoreColumn:
    """The column of `duplicates` of some rows, whose neighbours may be elsewhere.

    similarity: (n, k) as `nearest_other` has it. copied: (n,) bool, whether another image has the same content hash.
    """
    values = np.where(copied, np.float32(1), similarity[:, 0])
    return ScoreColumn(
        name="duplicate",
        values=values.astype(np.float32),
        direction=None,
        scorer="duplicates",
        parameters={"similarity": "cosine"},
        fitted_on=fitted_on,
        reason=reasons(without_another_image=np.isnan(values)),
    )
