from __future__ import annotations

import numpy as np
import pytest

from core.scorers.centroid import centroid, centroid_similarity
from core.scorers.inputs import Inputs


def inputs(features: np.ndarray, labels: np.ndarray, n_classes: int = 2) -> Inputs:
    return Inputs(labels, n_classes, np.ones(len(labels), bool), features.astype(np.float32))


def test_worked_by_hand() -> None:
    # Unit vectors: class 0 at (1,0), (1,0); class 1 at (0,1), (0,1). Own centroid without itself: cosine 1; other: 0.
    features = np.array([[1, 0], [2, 0], [0, 1], [0, 3]])
    assert centroid(inputs(features, np.array([0, 0, 1, 1])))[0].values.tolist() == [-1, -1, -1, -1]


def test_leaving_an_image_out_is_what_a_plain_loop_gives() -> None:
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)
    fit = rng.random(40) < 0.8
    similarity = centroid_similarity(features, labels, fit, 3)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    for row in range(40):
        for label in range(3):
            members = fit & (labels == label) & (np.arange(40) != row)
            mean = unit[members].mean(axis=0)
            assert similarity[row, label] == pytest.approx(mean @ unit[row] / np.linalg.norm(mean), abs=1e-5)


def test_an_image_of_another_class_is_first_and_that_class_suggested() -> None:
    features = np.array([[1, 0], [1, 0.1], [1, -0.1], [0, 1], [0.1, 1], [0, 1]])
    column = centroid(inputs(features, np.array([0, 0, 0, 1, 1, 0])))[0]
    assert column.values.argmax() == 5
    assert column.suggested_label is not None
    assert column.suggested_label[5] == 1


def test_an_only_image_of_its_class_has_a_reason() -> None:
    single = centroid(inputs(np.array([[1, 0], [1, 0.1], [0, 1]]), np.array([0, 0, 1])))[0]
    assert np.isnan(single.values).tolist() == [False, False, True]
    assert single.reason == "1 whose class has no other image to learn from"


def test_constant_embeddings_tie_every_image() -> None:
    values = centroid(inputs(np.ones((6, 3)), np.array([0, 0, 0, 1, 1, 1])))[0].values
    np.testing.assert_allclose(values, 0, atol=1e-6)
