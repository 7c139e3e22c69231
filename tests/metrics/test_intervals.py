"""Intervals: Wilson by hand and against scipy; resampling that covers what it should and pairs what it must."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest  # type: ignore[attr-defined]  # public, but not in the module's __all__ as mypy reads it

from core.metrics.intervals import (
    bootstrap,
    bootstrap_counts,
    bootstrap_difference,
    drawn_in_order,
    mean_estimate,
    one_of_several,
    resample_counts,
    share_difference,
    share_estimate,
    share_of,
    wilson,
)
from core.types import Estimate


def test_wilson_agrees_with_scipy_and_never_leaves_0_to_1() -> None:
    successes, n = np.array([0, 1, 7, 20]), np.array([20, 20, 20, 20])
    low, high = wilson(successes, n)
    for i, k in enumerate(successes):
        reference = binomtest(int(k), 20).proportion_ci(method="wilson")
        assert (low[i], high[i]) == pytest.approx((reference.low, reference.high))
    assert low[0] == 0.0
    assert high[3] == 1.0


def test_wilson_of_nothing_is_everything() -> None:
    low, high = wilson(0, 0)
    assert (float(low), float(high)) == (0.0, 1.0)


def test_a_share_by_hand() -> None:
    # Wilson, 1 of 4: centre (1 + 1.9207) / (4 + 3.8415) = 0.3725, half width 0.3270
    error = share_of(np.array([True, False, False, False]))
    assert error == share_estimate(1, 4)
    assert (error.value, error.n, error.unit) == (0.25, 4, "share")
    assert error.low == pytest.approx(0.0456, abs=1e-4)
    assert error.high == pytest.approx(0.6994, abs=1e-4)
    assert np.isnan(share_of(np.zeros(0, bool)).value)


def test_a_share_turned_round_is_the_share_of_the_others() -> None:
    assert share_estimate(1, 4).complement().numbers == pytest.approx(share_estimate(3, 4).numbers)


def test_the_bootstrap_of_a_mean_is_its_standard_error() -> None:
    x = np.random.default_rng(0).normal(size=400)
    interval = bootstrap(lambda a: float(a.mean()), x, n=2000)
    assert interval.value == x.mean()
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * x.std() / 20, rel=0.1)
    assert interval == bootstrap(lambda a: float(a.mean()), x, n=2000)
    assert interval != bootstrap(lambda a: float(a.mean()), x, n=2000, seed=1)


def test_counts_and_rows_give_the_same_interval() -> None:
    x = np.random.default_rng(1).normal(size=300)
    by_rows = bootstrap(lambda a: float(a.mean()), x, n=4000)
    (by_counts,) = bootstrap_counts(lambda counts: (counts @ x / counts.sum(axis=1))[None], 300, n=4000)
    assert by_counts.value == pytest.approx(by_rows.value)
    assert (by_counts.low, by_counts.high) == pytest.approx((by_rows.low, by_rows.high), abs=0.01)


def test_every_resample_draws_as_many_rows_as_there_are() -> None:
    blocks = list(resample_counts(30_000, n=150))
    assert len(blocks) > 1
    assert sum(map(len, blocks)) == 150
    assert all((block.sum(axis=1) == 30_000).all() for block in blocks)


def test_pairing_makes_a_difference_narrow() -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(size=200)
    ours, theirs = shared + 0.1, shared + 0.05 * rng.normal(size=200)
    paired = bootstrap_difference(lambda a: float(a.mean()), (ours,), (theirs,))
    assert paired.low > 0.08
    assert paired.high < 0.12
    assert paired.value == pytest.approx(ours.mean() - theirs.mean())


def test_resamples_without_an_answer_are_left_out() -> None:
    mostly = np.array([np.nan, 1.0, 2.0, 2.0])
    interval = bootstrap(lambda a: float(a.mean()), mostly, n=200)
    assert 1.0 <= interval.low < interval.high <= 2.0
    nothing = bootstrap(lambda a: float(a.mean()), np.full(3, np.nan), n=10)
    assert np.isnan([nothing.low, nothing.high]).all()


def test_the_same_images_are_resampled_alike_for_every_score() -> None:
    first, again = (np.concatenate(list(resample_counts(50, n=30, seed=4))) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != np.concatenate(list(resample_counts(50, n=30, seed=5)))).any()


def test_rows_drawn_in_order_are_each_as_often_as_they_count() -> None:
    (counts,) = resample_counts(7, n=5)
    drawn = drawn_in_order(counts)
    assert (np.diff(drawn, axis=1) >= 0).all()
    np.testing.assert_array_equal([np.bincount(row, minlength=7) for row in drawn], counts)


def test_resamples_that_never_differ_say_nothing_of_other_rows() -> None:
    same = bootstrap(lambda a: float(a.mean()), np.ones(20), n=50)
    assert same.value == 1
    assert not same.has_interval


def test_the_interval_of_a_mean_is_student_s() -> None:
    x = np.random.default_rng(3).gamma(2.0, size=25)
    half = 2.063899 * x.std(ddof=1) / 5  # Student's quantile for 24 degrees of freedom
    found = mean_estimate(x)
    assert found.numbers == pytest.approx((x.mean(), x.mean() - half, x.mean() + half))
    assert found.n == 25
    assert mean_estimate(x[:1]).value == x[0]
    assert not mean_estimate(x[:1]).has_interval
    assert not mean_estimate(np.ones(5)).has_interval


def test_a_difference_that_was_picked_has_the_wider_interval_of_students_quantiles() -> None:
    x = np.random.default_rng(3).normal(size=25)
    wide = one_of_several(mean_estimate(x), 12, 24)
    half = 3.16630 * x.std(ddof=1) / 5  # Student's quantile of 1 - 0.05 / 24 for 24 degrees of freedom
    assert wide.numbers == pytest.approx((x.mean(), x.mean() - half, x.mean() + half), rel=1e-3)
    assert one_of_several(mean_estimate(x), 1, 24) == mean_estimate(x)
    assert not one_of_several(mean_estimate(x[:1]), 12, 24).has_interval


@pytest.mark.parametrize("rows", [20, 200])
def test_the_largest_of_twelve_differences_about_nothing_is_seldom_told_from_nothing(rows: int) -> None:
    """Twelve rivals, half of whose variance is common, as scores of one embedding have it: each as good as ours."""
    rng, times = np.random.default_rng(0), 400
    seen = np.zeros(2)
    for _ in range(times):
        differences = np.sqrt(0.5) * (rng.normal(size=(12, rows)) + rng.normal(size=rows))
        ahead = mean_estimate(differences[np.argmax(differences.mean(axis=1))])
        seen += ahead.low > 0, one_of_several(ahead, 12, rows - 1).low > 0
    naive, allowed = seen / times
    assert naive > 0.08
    assert allowed <= 0.04  # 0.025, and what 400 trials may be off by


def test_a_difference_of_shares_as_newcombe_has_it() -> None:
    # Newcombe 1998, table II, method 10: 56/70 less 48/80, 9/10 less 3/10, 10/10 less 0/20.
    for (ours, theirs), ends in {
        ((56, 70), (48, 80)): (0.0524, 0.3339), ((9, 10), (3, 10)): (0.1705, 0.8090),
        ((10, 10), (0, 20)): (0.6791, 1.0),
    }.items():  # fmt: skip
        found = share_difference(share_estimate(*ours), share_estimate(*theirs))
        assert (found.low, found.high) == pytest.approx(ends, abs=1e-4)
        assert (found.n, found.unit) == (ours[1] + theirs[1], "share")
    assert not share_difference(Estimate(0.5), share_estimate(1, 4)).has_interval


@pytest.mark.parametrize(("p", "q", "m", "n"), [(0.9, 0.6, 100, 400), (0.5, 0.5, 30, 100), (0.98, 0.1, 300, 1200)])
def test_a_difference_of_shares_holds_the_truth(p: float, q: float, m: int, n: int) -> None:
    rng, times = np.random.default_rng(0), 2000
    ours, theirs = rng.binomial(m, p, times), rng.binomial(n, q, times)
    found = [share_difference(share_estimate(a, m), share_estimate(b, n)) for a, b in zip(ours, theirs, strict=True)]
    assert 0.94 <= np.mean([one.low <= p - q <= one.high for one in found]) <= 0.97
