"""Wrong labels that core/maths/planted_noise.py does not plant: people's, and such as keep the sizes of the classes."""

from __future__ import annotations

import numpy as np

from core.types import Ints


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


def keeping_sizes(truth: Ints, rate: float, seed: int = 0) -> Ints:
    """(n,) labels, those of a share of the images dealt anew among them: as many of each class as before."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(truth))[: int(len(truth) * rate)]
    given = truth.copy()
    given[rows] = rng.permutation(truth[rows])
    return given
