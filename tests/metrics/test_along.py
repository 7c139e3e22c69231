from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics.along import equal_parts, parts_of_size, whole
from core.metrics.difficulty import decile_groups, error_by_group


@given(st.integers(10, 97), st.integers(0, 1000))
def test_equal_parts_are_the_deciles_of_a_sorted_score(m: int, seed: int) -> None:
    wrong = np.random.default_rng(seed).random(m) < 0.3
    ours, theirs = equal_parts(wrong), decile_groups(np.arange(m, dtype=float), ~wrong)
    np.testing.assert_array_equal(ours.n, theirs.n)
    np.testing.assert_array_equal(ours.wrong, theirs.wrong)
    np.testing.assert_array_equal(ours.low, theirs.low)
    assert ours.n.sum() == m
    assert ours.error @ ours.n == pytest.approx(wrong.sum())


@given(st.integers(7, 60), st.integers(1, 7))
def test_parts_of_a_size_are_the_groups_hardest_first(m: int, size: int) -> None:
    wrong = np.random.default_rng(m).random(m) < 0.4
    ours, theirs = parts_of_size(wrong, size), error_by_group(-np.arange(m, dtype=float), ~wrong, size)
    np.testing.assert_array_equal(ours.n, theirs.n)
    np.testing.assert_array_equal(ours.wrong, theirs.wrong)


def test_the_whole_by_hand() -> None:
    # Wilson, 1 of 4: centre (1 + 1.9207) / (4 + 3.8415) = 0.3725, half width 0.3270
    error = whole(np.array([True, False, False, False]))
    assert error.value == 0.25
    assert error.low == pytest.approx(0.0456, abs=1e-4)
    assert error.high == pytest.approx(0.6994, abs=1e-4)
    assert np.isnan(whole(np.zeros(0, bool)).value)
