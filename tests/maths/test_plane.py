from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.maths.plane import Box, CellGrid, Outline, cells, commonest, counts, frame_of, inside, means

# An L: the square 0..2 without its upper right quarter.
ELL = Outline((0, 2, 2, 1, 1, 0), (0, 0, 1, 1, 2, 2))


def points(*pairs: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = zip(*pairs, strict=True)
    return np.array(x, np.float32), np.array(y, np.float32)


def test_points_in_an_outline_with_a_corner_cut_out() -> None:
    x, y = points((0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1.5, 1.5), (3, 0.5), (np.nan, 0.5))
    assert inside(ELL, x, y).tolist() == [True, True, True, False, False, False]


def test_an_outline_that_crosses_itself_holds_both_its_ends() -> None:
    bow = Outline((0, 2, 2, 0), (0, 2, 0, 2))  # a bow tie: triangles left and right of (1, 1)
    x, y = points((0.2, 1), (1.8, 1), (1, 0.2), (1, 1.8))
    assert inside(bow, x, y).tolist() == [True, True, False, False]


def test_a_box_holds_its_border_and_may_be_infinite() -> None:
    x, y = points((0, 0), (1, 1), (1.01, 1), (-9, 9))
    assert inside(Box(0, 1, 0, 1), x, y).tolist() == [True, True, False, False]
    assert inside(Box(-np.inf, 0, -np.inf, np.inf), x, y).tolist() == [True, False, False, True]


@given(st.lists(st.tuples(st.floats(-3, 3, width=32), st.floats(-3, 3, width=32)), min_size=1, max_size=50))
def test_a_box_drawn_as_an_outline_holds_the_same_points(pairs: list[tuple[float, float]]) -> None:
    x, y = points(*pairs)
    clear = (np.abs(np.abs(x) - 1.5) > 1e-3) & (np.abs(np.abs(y) - 1.5) > 1e-3)  # on an edge either answer is right
    box, outline = Box(-1.5, 1.5, -1.5, 1.5), Outline((-1.5, 1.5, 1.5, -1.5), (-1.5, -1.5, 1.5, 1.5))
    np.testing.assert_array_equal(inside(box, x, y)[clear], inside(outline, x, y)[clear])


def test_cells_count_from_the_lower_left_and_the_upper_border_joins_the_last() -> None:
    grid = CellGrid(Box(0, 3, 0, 2), 3, 2)
    x, y = points((0, 0), (2.5, 0.5), (0.5, 1.5), (3, 2), (3.1, 1), (np.nan, 1))
    assert cells(grid, x, y).tolist() == [0, 2, 3, 5, 6, 6]
    assert counts(grid, cells(grid, x, y)).tolist() == [[1, 0, 1], [1, 0, 1]]


def test_middles_of_cells() -> None:
    grid = CellGrid(Box(0, 3, -1, 1), 3, 2)
    assert grid.x.tolist() == [0.5, 1.5, 2.5]
    assert grid.y.tolist() == [-0.5, 0.5]


def test_counts_are_numpys_histogram() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 1000)).astype(np.float32)
    grid = CellGrid(Box(-2, 2, -1, 1), 7, 5)
    expected, _, _ = np.histogram2d(y, x, bins=[5, 7], range=[[-1, 1], [-2, 2]])
    np.testing.assert_array_equal(counts(grid, cells(grid, x, y)), expected)


def test_the_mean_of_a_cell_leaves_out_points_without_a_value() -> None:
    grid = CellGrid(Box(0, 2, 0, 1), 2, 1)
    x, y = points((0.5, 0.5), (0.6, 0.5), (0.7, 0.5), (1.5, 0.5), (5, 0.5))
    found = means(grid, cells(grid, x, y), np.array([1, 3, np.nan, np.nan, 7], np.float32))
    np.testing.assert_array_equal(found, [[2, np.nan]])


def test_the_commonest_code_of_a_cell() -> None:
    grid = CellGrid(Box(0, 3, 0, 1), 3, 1)
    x, y = points((0.1, 0.5), (0.2, 0.5), (0.3, 0.5), (1.1, 0.5), (1.2, 0.5), (9, 9))
    codes = np.array([2, 0, 2, 1, 0, 1])
    assert commonest(grid, cells(grid, x, y), codes, 3).tolist() == [[2, 0, -1]]


def test_a_frame_leaves_far_points_outside_when_told_to() -> None:
    x = np.r_[np.arange(1000), 1e6].astype(np.float32)
    assert frame_of(x, x).right > 1e6
    assert frame_of(x, x, trimmed=0.01).right < 1100


@pytest.mark.parametrize("values", [[], [np.nan], [3.0, 3.0]])
def test_a_frame_always_has_an_extent(values: list[float]) -> None:
    x = np.array(values, np.float32)
    frame = frame_of(x, x)
    assert frame.right > frame.left
    assert frame.top > frame.bottom
