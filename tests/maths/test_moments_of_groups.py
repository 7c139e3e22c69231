"""Mean and spread within groups: numpy's own, and the same of parts that are added."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytest

from core.maths.moments import NO_GROUP, GroupMoments, group_moments
from core.types import Floats, Ints


def rows(n: int, groups: int, seed: int = 0) -> tuple[Floats, Ints]:
    generator = np.random.default_rng(seed)
    values = (generator.gamma(2.0, size=n) * 1e-4).astype(np.float32)
    values[generator.random(n) < 0.02] = np.nan
    return values, generator.integers(NO_GROUP, groups, n)


def test_of_one_read_they_are_the_bits_of_numpys_mean_and_standard_deviation() -> None:
    values, groups = rows(5000, 7)
    found = group_moments(values, groups, 8)
    standard = found.standardised(values, groups)
    for group in range(7):
        inside = (groups == group) & np.isfinite(values)
        members = values[inside].astype(np.float64)
        assert found.counts[group] == len(members)
        assert found.means[group] == members.mean()
        assert found.deviations[group] == members.std()
        np.testing.assert_array_equal(standard[inside], (members - members.mean()) / members.std())
    assert (found.counts[7], found.deviations[7]) == (0, 0)
    assert np.isnan(standard[(groups == NO_GROUP) | np.isnan(values)]).all()


@pytest.mark.parametrize("size", [1, 7, 100, 5000])
def test_of_parts_that_are_added_they_are_those_of_the_whole(size: int) -> None:
    values, groups = rows(5000, 5)
    whole = group_moments(values, groups, 6)
    parts = [group_moments(values[i : i + size], groups[i : i + size], 6) for i in range(0, 5000, size)]
    added: GroupMoments = reduce(add, parts)
    np.testing.assert_array_equal(added.counts, whole.counts)
    np.testing.assert_array_equal(added.largest, whole.largest)
    np.testing.assert_allclose(added.means, whole.means, rtol=1e-12)
    np.testing.assert_allclose(added.squares, whole.squares, rtol=1e-12)


def test_a_group_of_one_row_or_of_equal_rows_has_no_spread_however_it_is_added() -> None:
    values, groups = np.array([3.0, 5.0, 5.0, 0.0], np.float32), np.array([0, 1, 1, 2])
    added = group_moments(values[:2], groups[:2], 3) + group_moments(values[2:], groups[2:], 3)
    for found in (added, group_moments(values, groups, 3)):
        assert np.isnan(found.standardised(values, groups)).all()
