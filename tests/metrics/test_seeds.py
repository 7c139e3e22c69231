"""Comparing over seeds: Student's interval against scipy, pairing, and too few seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from core.metrics.seeds import mean_over_seeds, paired_difference


def test_by_hand() -> None:
    # 1, 2, 3: mean 2, sd 1, standard error 1/sqrt(3), t(2) at 97.5 % 4.3027: half width 2.4842.
    found = mean_over_seeds([1, 2, 3])
    assert found.numbers == pytest.approx((2, 2 - 2.4842, 2 + 2.4842), abs=1e-4)


def test_it_is_scipy_s_interval() -> None:
    values = np.random.default_rng(0).normal(size=5)
    reference = ttest_1samp(values, 0).confidence_interval()
    assert mean_over_seeds(values).numbers[1:] == pytest.approx((reference.low, reference.high))


def test_pairs_are_of_the_seeds_that_both_have() -> None:
    ours, theirs = {0: 1.0, 1: 2.5, 2: 3.0, 7: 9.0}, {2: 2.0, 1: 2.0, 0: 0.2, 8: 1.0}
    difference = paired_difference(ours, theirs)
    reference = ttest_rel([1.0, 2.5, 3.0], [0.2, 2.0, 2.0]).confidence_interval()
    assert difference.n == 3
    assert difference.numbers[1:] == pytest.approx((reference.low, reference.high))


def test_what_seeds_share_cancels() -> None:
    luck = np.random.default_rng(1).normal(size=5) * 10
    small = np.random.default_rng(2).normal(size=5) * 0.01
    difference = paired_difference(dict(enumerate(luck + 0.1)), dict(enumerate(luck + small)))
    assert difference.low > 0


def test_one_seed_has_no_interval_and_none_no_value() -> None:
    assert not mean_over_seeds([3.0]).has_interval
    assert np.isnan(mean_over_seeds([]).value)
    difference = paired_difference({0: 1.0}, {1: 1.0})
    assert difference.n == 0
    assert np.isnan(difference.value)
    assert paired_difference({0: np.nan, 1: 1.0}, {0: 1.0, 1: 0.5}).n == 1
