"""Sorting, against numpy's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.maths.sorting import stable_order

FLOATS = st.one_of(
    st.floats(width=32),
    st.sampled_from([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45]),
    st.integers(-2, 2).map(float),
)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@given(values=arrays.arrays(np.float32, st.integers(0, 40), elements=FLOATS))
def test_the_order_is_that_of_a_stable_sort_without_nan(kind: type[np.floating], values: np.ndarray) -> None:
    values = values.astype(kind)
    expected = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    np.testing.assert_array_equal(stable_order(values), expected)
