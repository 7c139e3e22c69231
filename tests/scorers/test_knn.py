from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.errors import BadInput, MissingRun
from core.scorers.inputs import Inputs
from core.scorers.knn import knn, neighbor_votes
from core.types import UNLABELLED


def inputs(features: np.ndarray, labels: np.ndarray, fit: np.ndarray | None = None) -> Inputs:
    return Inputs(labels, int(labels.max()) + 1, np.ones(len(labels), bool) if fit is None else fit, features)


def test_votes_worked_by_hand() -> None:
    # Distances .1, .2, .2 of classes 0, 1, 1: closeness 10, 5, 5 -> halves; (1 + .5) / 4 and (2 + .5) / 4.
    votes = neighbor_votes(np.array([[0.9, 0.8, 0.8]]), np.array([[0, 1, 1]]), 3)
    np.testing.assert_allclose(votes, [[0.375, 0.625, 0.0]])


def test_the_count_decides_and_closeness_only_breaks_ties() -> None:
    near_but_few = neighbor_votes(np.array([[0.999999, 0.1, 0.1]]), np.array([[0, 1, 1]]), 2)
    assert near_but_few[0, 1] > near_but_few[0, 0]
    tied = neighbor_votes(np.array([[0.9, 0.8]]), np.array([[0, 1]]), 2)
    assert tied[0, 0] > tied[0, 1]


def test_shares_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(200, 8)).astype(np.float32), rng.integers(0, 3, 200)
    values = knn(inputs(features, labels), k=7)[0].values
    found = NearestNeighbors(n_neighbors=8, metric="cosine").fit(features).kneighbors(features)[1][:, 1:]
    differing = (labels[found] != labels[:, None]).sum(axis=1)
    assert (np.floor(values * 8 + 1e-5) >= differing - 1e-5).all()
    assert (values * 8 <= differing + 1 + 1e-5).all()


def test_a_planted_wrong_label_is_first_and_its_class_suggested() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    features = (np.eye(2)[labels] * 5 + rng.normal(size=(60, 2))).astype(np.float32)
    labels[3] = 1
    column = knn(inputs(features, labels))[0]
    assert column.values.argmax() == 3
    assert column.suggested_label is not None
    assert column.suggested_label[3] == 0


def test_held_out_images_are_judged_by_training_images_alone() -> None:
    features = np.array([[1, 0], [1, 0.1], [0, 1], [1, 0.05]], np.float32)
    column = knn(inputs(features, np.array([0, 0, 1, 1]), np.array([True, True, True, False])), k=2)[0]
    assert column.values[3] == pytest.approx(1.0)


def test_an_unlabelled_image_has_a_reason_and_a_suggestion() -> None:
    features = np.array([[1, 0], [1, 0.1], [0, 1], [0, 0.9], [1, 0.05]], np.float32)
    (column,) = knn(inputs(features, np.array([0, 0, 1, 1, UNLABELLED])), k=2)
    assert np.isnan(column.values).tolist() == [False] * 4 + [True]
    assert column.reason == "1 unlabelled"
    assert column.suggested_label is not None
    assert column.suggested_label[4] == 0


def test_missing_or_broken_embeddings_say_what_to_do() -> None:
    with pytest.raises(MissingRun, match="hardlook embed"):
        knn(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))
    with pytest.raises(BadInput, match="the first is row 1"):
        knn(inputs(np.array([[1, 2], [np.nan, 0], [2, 1]], np.float32), np.array([0, 0, 1])))


def test_an_image_whose_class_has_no_other_is_not_judged() -> None:
    """All of its neighbours carry another label, whether its own is right or wrong."""
    features = np.eye(4, dtype=np.float32) + 0.1
    labels = np.array([0, 1, 1, 2])
    (column,) = knn(Inputs(labels=labels, n_classes=3, fit=np.array([True, True, True, False]), features=features))
    assert np.isnan(column.values).tolist() == [True, False, False, True]
    assert column.reason == "2 whose class has no other image to learn from"
