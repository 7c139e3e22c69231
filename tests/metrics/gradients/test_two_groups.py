"""Two groups of images by one score: Welch's t by hand and against SciPy, with its sign."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.errors import TooFewRows
from core.metrics.gradients.two_groups import deviation, groups_apart


def test_it_is_scipys_welch_test_with_its_interval_and_sign() -> None:
    rng = np.random.default_rng(0)
    altered, kept = rng.normal(3, 2, 40), rng.normal(2, 1, 160)
    values, group = np.concatenate([altered, kept]), np.arange(200) < 40
    found = groups_apart(values, group)
    oracle = stats.ttest_ind(altered, kept, equal_var=False)
    interval = oracle.confidence_interval(0.95)
    assert found.welch_t.value == pytest.approx(oracle.statistic, rel=1e-12)
    assert found.degrees == pytest.approx(oracle.df, rel=1e-12)
    assert (found.difference.low, found.difference.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert found.difference.value == pytest.approx(altered.mean() - kept.mean())
    error = found.difference.value / found.welch_t.value
    assert found.welch_t.low == pytest.approx(interval.low / error)
    assert found.mean[0].value == pytest.approx(altered.mean())
    assert found.sd[1].value == pytest.approx(kept.std(ddof=1))
    assert found.auroc.value == pytest.approx(np.mean(altered[:, None] > kept))


def test_the_sign_turns_with_the_groups_and_the_interval_says_whether_the_test_rejects() -> None:
    rng = np.random.default_rng(1)
    values, group = np.concatenate([rng.normal(0, 1, 30), rng.normal(2, 1, 50)]), np.arange(80) < 30
    low, high = groups_apart(values, group).welch_t, groups_apart(values, ~group).welch_t
    assert low.value == pytest.approx(-high.value)
    assert low.high < 0 < high.low
    alike = groups_apart(rng.normal(0, 1, 80), group).welch_t
    assert alike.low < 0 < alike.high


def test_rows_without_a_value_take_no_part_and_nine_are_too_few() -> None:
    values = np.append(np.arange(30.0), np.nan)
    group = np.arange(31) % 2 == 0
    assert groups_apart(values, group).auroc.n == 30
    with pytest.raises(TooFewRows, match="groups of 9 and 21 images"):
        groups_apart(np.arange(30.0), np.arange(30) < 9)


def test_equal_values_have_a_difference_and_no_t() -> None:
    found = groups_apart(np.where(np.arange(40) < 20, 1.0, 3.0), np.arange(40) < 20)
    assert found.difference.value == -2
    assert np.isnan(found.welch_t.value)
    assert not found.difference.has_interval


def test_a_deviation_is_near_the_normal_distributions_own_interval() -> None:
    values = np.random.default_rng(2).normal(5, 3, 400)
    found = deviation(values)
    # The 97.5 and 2.5 per cent points of chi-squared with 399 degrees.
    wanted = np.sqrt(399 * values.var(ddof=1) / np.array([456.2, 345.6]))
    assert found.value == pytest.approx(values.std(ddof=1))
    assert (found.low, found.high) == pytest.approx(tuple(wanted), rel=0.03)
