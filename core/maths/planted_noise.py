"""Wrong labels on purpose: symmetric, by pairs of classes, and by image; of given labels, rate and seed alone.

What a seed plants at a rate it plants at every higher one too, in symmetric and in pair noise. Each function returns
labels of its own, and leaves those it is given as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..types import Floats, Ints

SYMMETRIC, PAIR, INSTANCE = "symmetric", "pair", "instance-dependent"
LEAST = 1e-12
"""The chance of an image that a model is wholly sure of: it is drawn when no other is left."""


def symmetric(labels: Ints, rate: float, n_classes: int, seed: int = 0) -> Ints:
    """(n,) labels, a share of them moved to any other class, each by chance the same.

    labels: (n,) in 0..n_classes-1, two classes or more. rate: 0..1; round(n * rate) labels are moved.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(labels))[: round(len(labels) * rate)]
    given = labels.copy()
    given[rows] = (labels[rows] + rng.integers(1, n_classes, len(rows))) % n_classes
    return given


def paired(labels: Ints, rate: float, counterpart: Ints, seed: int = 0) -> Ints:
    """(n,) labels, a share of them moved to the one class that theirs is mistaken for.

    counterpart: (K,) int, of each class another. labels, rate: as of `symmetric`.
    """
    rows = np.random.default_rng(seed).permutation(len(labels))[: round(len(labels) * rate)]
    given = labels.copy()
    given[rows] = counterpart[labels[rows]]
    return given


def by_instance(labels: Ints, rate: float, probabilities: Floats, seed: int = 0) -> Ints:
    """(n,) labels, wrong for images that a plain model is unsure of and towards the classes it takes them for.

    An image is drawn in proportion to the chance that the model gives the other classes, and its label to theirs. A
    simple form of the instance-dependent noise of Xia et al. 2020, in which the parts of an image decide.
    probabilities: (n, K), out of fold. labels, rate: as of `symmetric`.
    """
    rng = np.random.default_rng(seed)
    every = np.arange(len(labels))
    unsure = np.maximum(1.0 - probabilities[every, labels].astype(np.float64), LEAST)
    rows = rng.choice(len(labels), round(len(labels) * rate), replace=False, p=unsure / unsure.sum())
    others = probabilities.astype(np.float64)
    others[every, labels] = 0.0
    sure = np.flatnonzero(others.sum(axis=1) == 0)
    others[sure] = 1.0  # nothing speaks for any other class: each is as good
    others[sure, labels[sure]] = 0.0
    shares = (others / others.sum(axis=1, keepdims=True)).cumsum(axis=1)[rows]
    given = labels.copy()
    given[rows] = (shares > rng.random((len(rows), 1)) * shares[:, -1:]).argmax(axis=1)  # rounded, the last may be < 1
    return given


def counterparts(probabilities: Floats, labels: Ints) -> Ints:
    """(K,) the other class that a plain model takes each class's images for most, by its mean probability.

    probabilities: (n, K), out of fold. labels: (n,) in 0..K-1, each class with a row.
    """
    n_classes = probabilities.shape[1]
    sums = np.zeros((n_classes, n_classes))
    np.add.at(sums, labels, probabilities)
    np.fill_diagonal(sums, -1.0)
    return np.asarray(sums.argmax(axis=1))


def sure_where_doubted(probabilities: Floats, labels: Ints) -> Floats:
    """(n, K) the same, but sure of the label of each image that the model takes for another class.

    Such a label may be wrong already, and moved to the likeliest class it would be put right and counted as planted:
    `by_instance` leaves those images as they are, while there are others.
    """
    doubted = probabilities.argmax(axis=1) != labels
    sure = probabilities.copy()
    sure[doubted] = np.eye(probabilities.shape[1], dtype=probabilities.dtype)[labels[doubted]]
    return sure


Planter = Callable[[Ints, float, Floats, int], Ints]

PLANTERS: Mapping[str, Planter] = {
    SYMMETRIC: lambda labels, rate, seen, seed: symmetric(labels, rate, seen.shape[1], seed),
    PAIR: lambda labels, rate, seen, seed: paired(labels, rate, counterparts(seen, labels), seed),
    INSTANCE: lambda labels, rate, seen, seed: by_instance(labels, rate, sure_where_doubted(seen, labels), seed),
}
"""Kind -> (labels, rate, what a plain model sees of each image as (n, K) probabilities, seed) to labels."""
