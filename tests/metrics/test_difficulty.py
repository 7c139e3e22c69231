"""Error against difficulty: deciles by rank, groups, and the direction that data give a score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import TooFewRows
from core.metrics.difficulty import (
    ErrorSlices,
    deciles,
    difficulty_direction,
    direction_of,
    equal_slices,
    error_by_decile,
    error_by_group,
    slices_of_size,
)
from core.types import Estimate


def test_worked_by_hand() -> None:
    # Twenty images, the hardest four wrong and one of the easiest two.
    difficulty = np.arange(20.0)[::-1]
    correct = np.ones(20, bool)
    correct[[0, 1, 2, 3, 19]] = False  # rows 0..3 are the hardest, row 19 the easiest
    np.testing.assert_array_equal(error_by_decile(difficulty, correct).error, [0.5, 0, 0, 0, 0, 0, 0, 0, 1, 1])


@st.composite
def cases(draw: Any) -> tuple[Any, Any]:
    n = draw(st.integers(10, 97))
    difficulty = draw(arrays(np.float64, n, elements=st.integers(0, 5).map(float)))  # mostly ties
    return difficulty, draw(arrays(np.bool_, n))


@given(cases())
@settings(max_examples=60, deadline=None)
def test_counts_sum_to_n_and_the_weighted_mean_is_the_error(case: Any) -> None:
    difficulty, correct = case
    groups = error_by_decile(difficulty, correct)
    assert groups.n.sum() == len(correct)
    assert groups.n.max() - groups.n.min() <= 1  # ties do not empty a decile
    assert (groups.n * groups.error).sum() == pytest.approx((~correct).sum())
    assert ((groups.low <= groups.error) & (groups.error <= groups.high)).all()


def test_equal_scores_keep_the_order_of_rows() -> None:
    np.testing.assert_array_equal(deciles(np.zeros(20)), np.arange(20) // 2)


def test_rows_without_a_score_take_no_part() -> None:
    difficulty = np.append(np.arange(10.0), [np.nan, np.nan])
    assert deciles(difficulty).tolist() == [*range(10), -1, -1]
    assert error_by_decile(difficulty, np.zeros(12, bool)).n.sum() == 10


def test_nine_images_have_no_deciles() -> None:
    with pytest.raises(TooFewRows, match="9 have one"):
        error_by_decile(np.append(np.arange(9.0), np.nan), np.ones(10, bool))


def test_groups_come_hardest_first_and_the_rest_joins_the_easiest() -> None:
    difficulty = np.arange(25.0)
    groups = error_by_group(difficulty, difficulty < 15, size=10)
    assert groups.n.tolist() == [10, 15]
    assert groups.wrong.tolist() == [10, 0]
    with pytest.raises(TooFewRows, match="smaller groups"):
        error_by_group(difficulty, difficulty < 15, size=26)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_direction_is_what_the_errors_say(sign: int) -> None:
    rng = np.random.default_rng(0)
    wrong = rng.random(500) < 0.2
    found = difficulty_direction(sign * (wrong + rng.normal(size=500)), wrong)
    assert found.direction == sign
    assert found.auroc.low < found.auroc.value < found.auroc.high
    assert found.auroc.n == 500


def test_no_effect_and_too_few_errors_have_no_direction() -> None:
    rng = np.random.default_rng(1)
    assert difficulty_direction(rng.normal(size=500), rng.random(500) < 0.2).direction is None
    nine = np.arange(500) < 9
    assert difficulty_direction(nine + 0.1 * rng.normal(size=500), nine).direction is None
    nobody = difficulty_direction(rng.normal(size=50), np.zeros(50, bool))
    assert nobody.direction is None
    assert np.isnan(nobody.auroc.value)
    constant = difficulty_direction(np.ones(100), np.arange(100) < 50)
    assert constant.direction is None


@pytest.mark.parametrize("sign", [1, -1])
def test_where_every_error_lies_at_one_end_the_direction_is_known(sign: int) -> None:
    wrong = np.arange(60) < 20
    found = difficulty_direction(sign * wrong.astype(float), wrong)
    assert found.auroc.has_interval
    assert found.direction == sign
    stored_before = Estimate(found.auroc.value, n=60)  # without an interval, as an earlier version kept a perfect order
    assert direction_of(stored_before, 20) == sign


def plain_loop(difficulty: Any, correct: Any, number: Any, n_slices: int) -> list[tuple[int, int]]:
    """(images, errors) of each slice, counted image by image. number: of the slice of the i-th easiest of m images."""
    counts = [[0, 0] for _ in range(n_slices)]
    easiest_first = sorted(range(len(difficulty)), key=lambda row: difficulty[row])
    for i, row in enumerate(easiest_first):
        slice_ = counts[number(i, len(difficulty))]
        slice_[0] += 1
        slice_[1] += not correct[row]
    return [(n, wrong) for n, wrong in counts]


def pairs(slices: ErrorSlices) -> list[tuple[int, int]]:
    return list(zip(slices.n.tolist(), slices.wrong.tolist(), strict=True))


@given(cases())
@settings(max_examples=60, deadline=None)
def test_deciles_are_a_plain_count_and_the_slices_of_a_sorted_order(case: Any) -> None:
    difficulty, correct = case
    expected = plain_loop(difficulty, correct, lambda i, m: i * 10 // m, 10)
    assert pairs(error_by_decile(difficulty, correct)) == expected
    in_order = ~correct[np.argsort(difficulty, kind="stable")]
    assert pairs(equal_slices(in_order, 10)) == expected
    assert [(deciles(difficulty) == d).sum() for d in range(10)] == [n for n, _ in expected]


@given(cases(), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_groups_are_a_plain_count_and_the_slices_of_a_reversed_order(case: Any, size: int) -> None:
    difficulty, correct = case
    last = len(difficulty) // size - 1
    expected = plain_loop(difficulty, correct, lambda i, m: min((m - 1 - i) // size, last), last + 1)
    assert pairs(error_by_group(difficulty, correct, size)) == expected
    hardest_first = ~correct[np.argsort(difficulty, kind="stable")[::-1]]
    assert pairs(slices_of_size(hardest_first, size)) == expected
