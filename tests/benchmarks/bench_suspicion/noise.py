"""Wrong labels: those that people gave, and three kinds of planted ones. Every function is of its seed alone."""

from __future__ import annotations

import numpy as np

from core.types import Floats, Ints


def of_people(counts: Ints, truth: Ints, asked: int, seed: int = 0) -> Ints:
    """(n,) labels: the first wrong one of those that `asked` people gave, the true one where none was wrong.

    counts: (n, K), how many people gave each label to each image.
    """
    rng = np.random.default_rng(seed)
    shares = (counts / counts.sum(axis=1, keepdims=True)).cumsum(axis=1)
    given = truth.copy()
    for _ in range(asked):
        answer = (shares > rng.random((len(truth), 1))).argmax(axis=1)
        given = np.where(given == truth, answer, given)
    return given


def symmetric(truth: Ints, rate: float, n_classes: int, seed: int = 0) -> Ints:
    """(n,) labels, a share of them moved to any other class."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(truth))[: round(len(truth) * rate)]
    given = truth.copy()
    given[rows] = (truth[rows] + rng.integers(1, n_classes, len(rows))) % n_classes
    return given


def paired(truth: Ints, rate: float, counterpart: Ints, seed: int = 0) -> Ints:
    """(n,) labels, a share of them moved to the one class that theirs is mistaken for. counterpart: (K,)."""
    rows = np.random.default_rng(seed).permutation(len(truth))[: round(len(truth) * rate)]
    given = truth.copy()
    given[rows] = counterpart[truth[rows]]
    return given


def by_instance(truth: Ints, rate: float, probabilities: Floats, seed: int = 0) -> Ints:
    """(n,) labels, wrong for images that a plain model is unsure of and towards the classes it takes them for.

    probabilities: (n, K), out of fold.
    """
    rng = np.random.default_rng(seed)
    every = np.arange(len(truth))
    unsure = 1.0 - probabilities[every, truth].astype(np.float64)
    rows = rng.choice(len(truth), round(len(truth) * rate), replace=False, p=unsure / unsure.sum())
    others = probabilities.astype(np.float64)
    others[every, truth] = 0.0
    shares = (others / others.sum(axis=1, keepdims=True)).cumsum(axis=1)[rows]
    given = truth.copy()
    given[rows] = (shares > rng.random((len(rows), 1))).argmax(axis=1)
    return given


def keeping_sizes(truth: Ints, rate: float, seed: int = 0) -> Ints:
    """(n,) labels, those of a share of the images dealt anew among them: as many of each class as before."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(truth))[: int(len(truth) * rate)]
    given = truth.copy()
    given[rows] = rng.permutation(truth[rows])
    return given
