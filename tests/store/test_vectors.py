"""Vectors read from an embedding run's file, in order and whole, whatever order they were committed in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import core.maths.vectors
from core.store.audit import Audit, create_audit
from core.store.vectors import StoredVectors
from core.store.writer import open_run
from core.types import Ints, RunSpec

D = 4
SPEC = RunSpec("embed", "fake", {"items": "abc"}, {})


def stored(folder: Path, *commits: Ints) -> StoredVectors:
    """An embedding run in which image i has the vector (i, i, i, i), committed in these parts."""
    audit: Audit = create_audit("a", folder)
    with open_run(audit, SPEC, d=D) as writer:
        for number, ids in enumerate(commits):
            vectors = np.repeat(ids[:, None], D, axis=1).astype(np.float32)
            writer.commit(str(number), {"embedding": {"image_id": ids.astype(np.int32), "vector": vectors}})
        writer.publish()
        return StoredVectors(audit, writer.run_id)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.maths.vectors, "BLOCK_BYTES", 1)  # one step of 2,048 rows


@pytest.mark.parametrize("sizes", [[5000], [2048, 2048, 904], [1000, 3000, 1000], [1] * 10])
def test_blocks_and_the_whole_hold_the_same_rows(tmp_path: Path, sizes: list[int]) -> None:
    n = sum(sizes)
    vectors = stored(tmp_path, *np.split(np.arange(n), np.cumsum(sizes)[:-1]))
    assert vectors.shape == (n, D)
    whole = np.asarray(vectors)
    assert whole.dtype == np.float32
    assert whole.flags.c_contiguous
    np.testing.assert_array_equal(whole[:, 3], np.arange(n))
    seen = [(rows, block.copy()) for rows, block in vectors.blocks()]
    assert [rows.start for rows, _ in seen] == list(range(0, n, 2048))
    np.testing.assert_array_equal(np.concatenate([block for _, block in seen]), whole)


def test_rows_committed_out_of_order_are_read_in_order(tmp_path: Path) -> None:
    vectors = stored(tmp_path, np.arange(2500, 5000), np.arange(2500))
    np.testing.assert_array_equal(np.concatenate([block[:, 0] for _, block in vectors.blocks()]), np.arange(5000))


def test_an_image_without_a_row_is_nan_even_where_a_whole_block_is_missing(tmp_path: Path) -> None:
    there = np.concatenate([np.arange(100), np.arange(4500, 5000)])
    vectors = stored(tmp_path, there)
    assert np.flatnonzero(vectors.finite).tolist() == there.tolist()
    blocks = np.concatenate([block.copy() for _, block in vectors.blocks()])
    np.testing.assert_array_equal(blocks, np.asarray(vectors))


def test_a_run_without_rows_has_no_blocks(tmp_path: Path) -> None:
    vectors = stored(tmp_path)
    assert vectors.shape == (0, D)
    assert list(vectors.blocks()) == []
