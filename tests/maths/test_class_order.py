"""Classes ordered by the distance of their means."""

from __future__ import annotations

import numpy as np

from core.maths.class_order import classes_by_distance
from core.maths.gaussians import fit_gaussians
from core.types import UNLABELLED


def test_classes_on_a_line_worked_by_hand() -> None:
    # Means 0, 1, 3, 7 with one spread: from 3 the others lie at 2 (class 1), 3 (class 0) and 4 (class 3).
    noise = np.array([[-0.1, 0.1], [0.1, -0.1], [0.1, 0.1], [-0.1, -0.1]])
    vectors = np.concatenate([noise + np.array([mean, 0]) for mean in (0, 1, 3, 7)])
    order = classes_by_distance(fit_gaussians(vectors, np.repeat(np.arange(4), 4), 4))
    assert order.tolist() == [[0, 1, 2, 3], [1, 0, 2, 3], [2, 1, 0, 3], [3, 2, 1, 0]]


def test_a_class_without_an_image_is_nobodys_neighbour() -> None:
    vectors = np.random.default_rng(0).standard_normal((30, 2))
    order = classes_by_distance(fit_gaussians(vectors, np.repeat([0, 2, 4], 10), 5))
    assert order.shape == (5, 3)
    assert (order[[1, 3]] == UNLABELLED).all()
    assert order[[0, 2, 4], 0].tolist() == [0, 2, 4]
    assert {tuple(sorted(row)) for row in order[[0, 2, 4]].tolist()} == {(0, 2, 4)}


def test_every_order_agrees_with_distances_computed_one_by_one() -> None:
    labels = np.repeat(np.arange(12), 20)
    random = np.random.default_rng(1)
    vectors = random.standard_normal((len(labels), 6)) + 3 * random.standard_normal((12, 6))[labels]
    gaussians = fit_gaussians(vectors, labels, 12)
    for label, row in enumerate(classes_by_distance(gaussians)):
        apart = np.linalg.norm(gaussians.centres[row] - gaussians.centres[label], axis=1)
        assert (np.diff(apart) >= 0).all()
