"""Places within a class and split, against counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.answers.view.peers import grouped


def test_a_percentile_is_the_share_of_the_group_at_or_below() -> None:
    # Group 0 holds 1, 2, 2, 5: at or below are 1, 3, 3, 4 of 4. Group 1 holds 7 alone.
    values = np.array([2, 7, 1, 5, 2, np.nan], np.float32)
    groups = np.array([0, 1, 0, 0, 0, 1])
    found = grouped(groups).percentile(values, np.arange(6))
    np.testing.assert_allclose(found[:5], [75, 100, 25, 100, 75])
    assert np.isnan(found[5])


@given(
    arrays.arrays(np.float32, 30, elements=st.integers(-3, 3).map(float)),
    arrays.arrays(np.int32, 30, elements=st.integers(-2, 3)),
)
def test_percentiles_agree_with_counting(values: np.ndarray, groups: np.ndarray) -> None:
    got = grouped(groups).percentile(values, np.arange(30))
    for i in range(len(values)):
        peers = values[groups == groups[i]]
        assert got[i] == pytest.approx(100 * np.mean(peers <= values[i]), rel=1e-6)


def test_nothing_scored_has_no_percentile() -> None:
    nothing = np.full(3, np.nan, np.float32)
    assert np.isnan(grouped(np.zeros(3, int)).percentile(nothing, np.arange(3))).all()
