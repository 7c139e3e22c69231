from __future__ import annotations

import numpy as np
import pytest

from core.maths.neighbors import build, nearest
from core.maths.vectors import unit_rows


@pytest.fixture
def features() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32)


def test_unit_rows_leave_a_row_of_zeros_alone() -> None:
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6000000238418579, 0.800000011920929], [0, 0]]


def test_neighbours_are_those_of_a_plain_loop_without_the_image_itself(features: np.ndarray) -> None:
    similarity, found = nearest(build(features), features, 5, query_rows=np.arange(300))
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    for row in range(0, 300, 29):
        cosine = unit @ unit[row]
        cosine[row] = -2
        expected = np.argsort(-cosine)[:5]
        assert found[row].tolist() == expected.tolist()
        np.testing.assert_allclose(similarity[row], cosine[expected], atol=2e-6)


def test_an_index_over_some_rows_answers_with_the_callers_row_numbers(features: np.ndarray) -> None:
    rows = np.arange(1, 300, 3)
    _, found = nearest(build(features, rows), features, 4, query_rows=np.arange(300))
    assert np.isin(found, rows).all()
    assert not (found == np.arange(300)[:, None]).any()


def test_equal_similarities_come_in_row_order() -> None:
    _, found = nearest(build(np.ones((6, 3))), np.ones((6, 3)), 3, query_rows=np.arange(6))
    assert all(list(row) == sorted(row) for row in found)
    assert not (found == np.arange(6)[:, None]).any()


def test_k_is_cut_to_the_rows_there_are() -> None:
    similarity, found = nearest(build(np.eye(3)), np.eye(3), 20, query_rows=np.arange(3))
    assert found.shape == similarity.shape == (3, 2)
    assert nearest(build(np.eye(1)), np.eye(1), 20, query_rows=np.arange(1))[1].shape == (1, 0)


def test_queries_from_elsewhere_keep_their_twin_in_the_index() -> None:
    _, found = nearest(build(np.eye(3)), np.eye(3), 1)
    assert found[:, 0].tolist() == [0, 1, 2]


def test_beyond_the_exact_limit_recall_is_measured_and_high() -> None:
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(30, 8)) * 3
    features = (centres[rng.integers(0, 30, 4000)] + rng.normal(size=(4000, 8))).astype(np.float32)
    index = build(features, exact_up_to=1000)
    assert not index.exact
    assert index.recall >= 0.98
    _, found = nearest(index, features, 10, query_rows=np.arange(4000))
    _, truth = nearest(build(features), features, 10, query_rows=np.arange(4000))
    agree = np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, truth, strict=True)])
    assert agree > 0.95
