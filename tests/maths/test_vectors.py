"""Vectors read in blocks: the same rows, whatever they lie in."""

from __future__ import annotations

import numpy as np
import pytest

import core.maths.vectors
from core.maths.vectors import ROWS_STEP, InMemory, as_vectors, block_rows

ARRAY = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.maths.vectors, "BLOCK_BYTES", 1)


def test_blocks_are_cut_by_the_shape_alone_and_leave_out_nothing() -> None:
    assert [(rows.start, rows.stop) for rows in block_rows(5000, 3)] == [(0, 2048), (2048, 4096), (4096, 5000)]
    assert list(block_rows(0, 3)) == []
    core.maths.vectors.BLOCK_BYTES = 32 << 20
    (first, *_) = block_rows(1_000_000, 512)
    assert (first.stop - first.start) % ROWS_STEP == 0
    assert (first.stop - first.start) * 4 * 512 == 32 << 20


def test_an_array_is_its_own_blocks() -> None:
    vectors = as_vectors(ARRAY)
    assert as_vectors(vectors) is vectors
    np.testing.assert_array_equal(np.concatenate([block for _, block in vectors.blocks()]), ARRAY)
    assert np.shares_memory(np.asarray(vectors), ARRAY)


def test_rows_left_out_are_not_there_and_the_others_keep_their_order() -> None:
    kept = np.arange(5000) % 7 != 0
    some = InMemory(ARRAY).where(kept)
    assert some.shape == (int(kept.sum()), 3)
    np.testing.assert_array_equal(np.asarray(some), ARRAY[kept])
    rows, blocks = zip(*some.blocks(), strict=True)
    assert [row.start for row in rows[1:]] == [row.stop for row in rows[:-1]]
    assert sum(map(len, blocks)) == len(some)


def test_a_row_with_nan_or_infinity_is_not_finite() -> None:
    array = ARRAY.copy()
    array[3, 1], array[4999, 0] = np.nan, np.inf
    assert np.flatnonzero(~InMemory(array).finite).tolist() == [3, 4999]
