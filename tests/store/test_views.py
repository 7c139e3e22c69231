"""Columns come out in image order, however their rows lie, and without pandas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from core.store.audit import Audit
from core.store.views import Hub


@pytest.fixture
def hub() -> Hub:
    connection = duckdb.connect(":memory:")
    connection.execute(
        "CREATE TABLE t AS SELECT * FROM (VALUES (2, 2.5, 'c'), (0, 0.5, 'a'), (1, NULL, 'b')) v(image_id, x, y)"
    )
    return Hub(Audit(Path("nowhere")), (), connection)


def test_rows_that_lie_in_another_order_are_put_in_image_order(hub: Hub) -> None:
    found = hub.columns("CAST(x AS FLOAT) AS x, y", "t")
    np.testing.assert_array_equal(found["x"], np.array([0.5, np.nan, 2.5], np.float32))
    assert found["y"].tolist() == ["a", "b", "c"]
    assert list(found) == ["x", "y"]


def test_part_of_the_rows_and_none_of_them(hub: Hub) -> None:
    assert hub.columns("y", "t WHERE x > ?", [1])["y"].tolist() == ["c"]
    assert hub.columns("y", "t WHERE image_id < 2")["y"].tolist() == ["a", "b"]
    assert hub.columns("y", "t WHERE x > ?", [9])["y"].tolist() == []


def test_arrays_do_not_wait_for_pandas() -> None:
    script = """
import sys, duckdb
from pathlib import Path
from core.store.audit import Audit
from core.store.views import Hub
hub = Hub(Audit(Path("nowhere")), (), duckdb.connect(":memory:"))
assert hub.columns("i * 0.5 AS v", "(SELECT range AS image_id, range AS i FROM range(5))")["v"].tolist()[-1] == 2
assert hub.arrays("SELECT NULL::INTEGER AS v")["v"].shape == (1,)
assert "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
