"""Which images a network is trained on, and which it is judged on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput, TooFewRows, command
from ..maths.folds import drawn_to_hold_out, how_drawn, training_rows
from ..types import TRAIN_SPLIT, UNLABELLED, Bools, Ints


@dataclass(frozen=True)
class TrainingSplit:
    """train, held_out: (n,) bool, disjoint, labelled images only. how: the rule, in words, for the run's record.

    drawn: whether the held-out images were drawn by a seed, because the data has no split.
    """

    train: Bools
    held_out: Bools
    how: str
    drawn: bool = False


def split_held_out(labels: Ints, splits: NDArray[np.str_], seed: int, *, drawn_by: Ints | None = None) -> TrainingSplit:
    """Train on the split named "train" and judge on the others; where there are none, hold a stratified share out.

    labels: (n,) int, UNLABELLED where there is none. splits: (n,) str. The share of each class is rounded, keeps at
    least one image for training, and depends on (labels, seed) alone; on (drawn_by, seed) where labels are another
    version of those, so that networks trained on either are judged on the same images.
    Raises TooFewRows if no labelled image is in the training split.
    """
    labelled = labels != UNLABELLED
    in_train = training_rows(splits)
    train, others = labelled & in_train, labelled & ~in_train
    if not train.any():
        raise TooFewRows(
            "No labelled image is in the training split.",
            "Check the labels and splits",
            command(None, "ingest", "PATH"),
        )
    if others.any():
        return TrainingSplit(train, others, f"held out: the splits other than {TRAIN_SPLIT!r}")
    held_out = drawn_to_hold_out(labels if drawn_by is None else drawn_by, in_train, seed)
    return TrainingSplit(train & ~held_out, held_out & labelled, how_drawn(seed), drawn=True)


def absent_classes(labels: Ints, train: Bools, n_classes: int) -> list[int]:
    """Classes without a training image: the network can never predict them, which the caller should say.

    Raises BadInput on a label outside 0..n_classes-1, and TooFewRows if fewer than two classes are left.
    """
    used = labels[train]
    refuse_labels_outside(used, n_classes)
    counts = np.bincount(used, minlength=n_classes)
    if np.count_nonzero(counts) < 2:
        raise TooFewRows(
            f"The training images have {np.count_nonzero(counts)} class, and a classifier needs two.",
            "Check the labels and splits",
            command(None, "ingest", "PATH"),
        )
    return np.flatnonzero(counts == 0).tolist()


@dataclass(frozen=True)
class KnownClasses:
    """The classes a network is given, numbered anew. labels: (n,) int, 0..n_classes-1, UNLABELLED where the class is
    kept from it. order: the new number of each class, -1 where it has none; () if the network is given all of them.
    """

    labels: Ints
    n_classes: int
    order: tuple[int, ...]


def known_classes(labels: Ints, n_classes: int, kept_from: Collection[int]) -> KnownClasses:
    """Number the classes anew without those that are kept from the network.

    labels: (n,) int, UNLABELLED where there is none. Raises BadInput on a label or a class outside 0..n_classes-1.
    """
    outside = sorted(label for label in kept_from if not 0 <= label < n_classes)
    if outside:
        raise BadInput(f"Class {outside[0]} is outside 0..{n_classes - 1}.", "Check --hold-out-classes.")
    if not kept_from:
        return KnownClasses(labels, n_classes, ())
    refuse_labels_outside(labels[labels != UNLABELLED], n_classes)
    kept = [label for label in range(n_classes) if label not in kept_from]
    number = np.full(n_classes + 1, UNLABELLED)  # the last place is that of UNLABELLED
    number[kept] = np.arange(len(kept))
    return KnownClasses(number[labels], len(kept), tuple(number[:n_classes].tolist()))


def fewer_images(split: TrainingSplit, labels: Ints, at_most: int) -> TrainingSplit:
    """The same split with at most so many training images, in each class the same share; the same ones for any seed.

    Raises TooFewRows where that leaves a class of the training images without one.
    """
    rows = np.flatnonzero(split.train)
    if len(rows) <= at_most:
        return split
    generator = np.random.default_rng([0, 0xFE3E4])
    counts = np.bincount(labels[rows])
    present = counts > 0
    if at_most < 2 * present.sum():
        raise TooFewRows(
            f"{at_most} training images are fewer than two for each of {present.sum()} classes.", "Take more images."
        )
    ends = np.floor(np.cumsum(counts) * at_most / len(rows)).astype(int)
    wanted = np.maximum(np.diff(ends, prepend=0), present)
    train = np.zeros(len(labels), dtype=bool)
    for label in np.flatnonzero(present):
        train[generator.permutation(rows[labels[rows] == label])[: wanted[label]]] = True
    return replace(split, train=train, how=f"{split.how}; {train.sum():,} of {len(rows):,} images trained on")


def refuse_labels_outside(used: Ints, n_classes: int) -> None:
    """Raise BadInput on a label outside 0..n_classes-1."""
    wrong = np.unique(used[(used < 0) | (used >= n_classes)])
    if wrong.size:
        named = ", ".join(map(str, wrong[:5]))
        raise BadInput(
            f"Training labels {named} are outside the {n_classes} classes (0..{n_classes - 1}).",
            "Ingest the data again",
            command(None, "ingest", "PATH"),
        )
