"""Neighbours that are found here and there join to those that are found at once."""

from __future__ import annotations

import numpy as np
import pytest

from core.maths.clusters.centres import clusters_for, find_centres, nearest_centres
from core.maths.clusters.nearest import Members, NearestRows, first_of_equal, search
from core.maths.clusters.recall import cluster_ranks, enough_probes, found_within
from core.maths.folds import row_keys
from core.maths.neighbors import build, nearest
from core.maths.vectors import unit_rows
from core.types import Floats


def members(vectors: Floats) -> Members:
    rows = np.arange(len(vectors))
    return Members(vectors, rows, row_keys(vectors), (10 * rows)[:, None])


@pytest.mark.parametrize("blocks", [1, 3, 40])
def test_blocks_join_to_the_search_of_all(blocks: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    vectors[7:12] = vectors[6]  # ties
    similarity, rows = nearest(build(vectors), vectors, 6, query_rows=np.arange(40))
    found = NearestRows.none(40, 6, 1)
    for part in np.array_split(np.arange(40), blocks):
        found.take_in(np.arange(40), search(members(vectors).where(part), vectors, np.arange(40), 6))
    nearer = similarity > similarity[:, -1:]  # which of those tied at the end are taken, the search of all leaves open
    np.testing.assert_array_equal(found.rows[nearer], rows[nearer])
    np.testing.assert_allclose(found.similarity, similarity, atol=1e-6)
    np.testing.assert_array_equal(found.kept[:, :, 0], 10 * found.rows)


def test_fewer_members_than_are_wanted_leave_nan() -> None:
    vectors = np.eye(3, dtype=np.float32)
    found = search(members(vectors), vectors, np.arange(3), 5)
    assert found.rows.tolist() == [[1, 2, -1, -1, -1], [0, 2, -1, -1, -1], [0, 1, -1, -1, -1]]
    assert np.isnan(found.similarity[:, 2:]).all()
    none = search(members(vectors[:0]), vectors, np.arange(3), 2)
    assert (none.rows == -1).all()


def test_of_equal_rows_the_first_are_kept() -> None:
    keys = np.array([5, 5, 5, 1, 5, 1], np.uint64)
    assert first_of_equal(keys, 2).tolist() == [0, 1, 3, 5]
    assert first_of_equal(keys, 9).tolist() == list(range(6))
    assert first_of_equal(keys[:0], 2).tolist() == []


def test_as_many_clusters_as_each_has_rows_and_one_up_to_a_limit() -> None:
    assert [clusters_for(n, 100) for n in (0, 1, 100, 101, 10_000)] == [1, 1, 1, 10, 100]


def test_centres_are_no_more_than_there_are_different_rows() -> None:
    rows = unit_rows(np.repeat(np.eye(4, dtype=np.float32), 30, axis=0))
    centres = find_centres(rows, 9)
    assert len(centres) == 4
    home = nearest_centres(centres, rows, 9)
    assert home.shape == (120, 4)
    assert len(np.unique(home[:, 0])) == 4
    assert nearest_centres(centres, rows[:0], 2).shape == (0, 2)


def test_the_share_found_is_of_each_query_in_its_nearest_clusters() -> None:
    order = np.array([[2, 0, 1], [1, 2, 0]])
    ranks = cluster_ranks(order, np.array([[2, 2, 1, 0], [0, 0, 1, 2]]))
    assert ranks.tolist() == [[0, 0, 2, 1], [2, 2, 0, 1]]
    there = np.array([[True, True, True, True], [True, False, True, False]])
    assert found_within(ranks, there, 1).tolist() == [0.5, 0.5]
    assert found_within(ranks, there, 2).tolist() == [0.75, 0.5]
    assert found_within(ranks, there & [[False], [True]], 1).tolist()[1:] == [0.5]
    assert np.isnan(found_within(ranks, np.zeros((2, 4), bool), 1)).all()
    assert [enough_probes(ranks, there, wanted, 3) for wanted in (0.5, 0.6, 0.9)] == [1, 2, 3]
    assert enough_probes(ranks, np.zeros((2, 4), bool), 0.9, 3) == 1


def test_of_ties_the_first_rows_are_taken() -> None:
    vectors = np.ones((50, 4), np.float32)
    found = search(members(vectors), vectors, np.arange(50), 3)
    assert found.rows[30].tolist() == [0, 1, 2]
    assert found.rows[1].tolist() == [0, 2, 3]
