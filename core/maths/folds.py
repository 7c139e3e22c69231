"""Folds that depend on what rows hold, not on where they stand, so a shuffled data set gets the same folds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import HELD_OUT_SPLITS, TRAIN_SPLIT, UNLABELLED, Bools, Floats, Ints
from .vectors import Vectors, as_vectors

CHUNK = 1024  # rows hashed at a time: they stay in the processor's cache
HELD_OUT_SHARE = 0.2  # of each class, where the data has no split


def row_keys(features: Floats | Vectors, seed: int = 0) -> NDArray[np.uint64]:
    """(n,) a seeded hash of each row's float32 bits: equal rows have equal keys, whatever their position.

    Integer arithmetic modulo 2^64, so the result is exact on every machine.
    """
    weights = np.random.default_rng(seed).integers(0, 2**63, features.shape[1], dtype=np.uint64) * 2 + 1
    keys = np.empty(len(features), np.uint64)
    for within, block in as_vectors(features).blocks():
        for start in range(0, len(block), CHUNK):
            rows = np.ascontiguousarray(block[start : start + CHUNK], np.float32) + np.float32(0)  # -0.0 becomes 0.0
            at = within.start + start
            keys[at : at + len(rows)] = rows.view(np.uint32).astype(np.uint64) @ weights
    mixed: NDArray[np.uint64] = (keys ^ (keys >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(32))


def stratified_folds(features: Floats | Vectors, labels: Ints, rows: Bools, n_folds: int = 5, seed: int = 0) -> Ints:
    """(n,) the fold, 0..n_folds-1, of each labelled row among `rows`; -1 elsewhere.

    Each class is spread evenly. Equal vectors of one class share a fold, so a duplicate never vouches for its twin.
    """
    folds = np.full(len(labels), -1)
    members = np.flatnonzero(rows & (labels >= 0))
    folds[members] = folds_of_keys(labels[members], row_keys(features, seed)[members], n_folds)
    return folds


def folds_of_keys(labels: Ints, keys: NDArray[np.uint64], n_folds: int = 5) -> Ints:
    """(n,) the fold of each row to fit on, of all of them together. labels: (n,) 0 or more. keys: of `row_keys`."""
    order = np.lexsort((keys, labels))
    label, key = labels[order], keys[order]
    starts_class = np.diff(label, prepend=-1) != 0
    rank = np.cumsum(starts_class | (np.diff(key, prepend=0) != 0))  # of each different vector, over all classes
    rank -= np.maximum.accumulate(np.where(starts_class, rank, 0))  # within its class
    folds = np.empty(len(labels), np.int64)
    folds[order] = (rank + label) % n_folds  # classes of one image do not all land in fold 0
    return folds


def training_rows(splits: Any) -> Bools:
    """(n,) bool: the rows that may be fitted on, of (n,) names of splits.

    The training split; without one, all that are not called validation or test (folds, for one); else everything.
    """
    splits = np.asarray(splits)
    for rows in (splits == TRAIN_SPLIT, ~np.isin(splits, HELD_OUT_SPLITS)):
        if rows.any():
            return np.asarray(rows)
    return np.ones(len(splits), dtype=bool)


def drawn_to_hold_out(labels: Ints, rows: Bools, seed: int) -> Bools:
    """(n,) bool: the images of `rows` that are held out where the data has no split; a share of each class.

    labels: (n,) int, UNLABELLED where there is none. rows: (n,) bool. The share is rounded, and leaves at least one
    image of each class.
    """
    generator = np.random.default_rng([seed, 0x5B117])  # a stream of its own, apart from the epochs'
    held_out = np.zeros(len(labels), dtype=bool)
    members = np.flatnonzero(rows & (labels != UNLABELLED))
    members = members[np.argsort(labels[members], kind="stable")]
    for of_class in np.split(members, np.flatnonzero(np.diff(labels[members])) + 1):
        drawn = generator.permutation(of_class)
        held_out[drawn[: max(min(round(HELD_OUT_SHARE * len(drawn)), len(drawn) - 1), 0)]] = True
    return held_out


def how_drawn(seed: int) -> str:
    """That images are drawn so, in words; a training run's record begins with them."""
    return f"held out: a stratified {HELD_OUT_SHARE:.0%} of the training images, by seed {seed}"
