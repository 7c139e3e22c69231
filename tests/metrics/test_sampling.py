from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[attr-defined]  # public, but not in the module's __all__ as mypy reads it

from core.errors import BadInput
from core.metrics.sampling import allocation, more_to_halve, random_places, wrong_share, wrong_total

POPULATIONS = {
    "few in many": ([200, 800, 9000], [40, 40, 60], [0.7, 0.2, 0.01]),
    "rare below the threshold": ([200, 800, 50000], [40, 40, 100], [0.7, 0.1, 0.002]),
    "small samples of many classes": ([500] * 20, [5] * 20, [0.05] * 20),
    "mostly wrong": ([300, 200, 100], [30, 30, 30], [0.9, 0.8, 0.95]),
    "half wrong": ([300, 500, 100], [30, 30, 30], [0.5, 0.45, 0.6]),
    "one stratum": ([300], [40], [0.3]),
    "nearly all reviewed": ([100, 100], [90, 20], [0.5, 0.1]),
    "the least": ([20, 30, 1000], [3, 3, 10], [0.6, 0.3, 0.05]),
}


@pytest.mark.parametrize("name", POPULATIONS)
def test_an_interval_holds_the_truth_at_least_as_often_as_it_says(name: str) -> None:
    size, sampled, rate = (np.array(each) for each in POPULATIONS[name])
    wrong = np.round(size * rate).astype(int)
    rng = np.random.default_rng(0)
    trials = 1000
    found = rng.hypergeometric(wrong, size - wrong, sampled, (trials, len(size)))
    intervals = [wrong_total(size, sampled, each) for each in found]
    held = sum(each.low <= wrong.sum() <= each.high for each in intervals)
    # Three standard errors of a share of 0.95 in 1,000 trials are 0.02.
    assert held / trials >= 0.95 - 0.02
    values = np.array([each.value for each in intervals])
    standard_error = values.std() / np.sqrt(trials)
    assert abs(values.mean() - wrong.sum()) < 4 * standard_error + 1e-9
    # Conservative, not useless: it rules out something in the typical trial.
    assert np.median([each.high - each.low for each in intervals]) < 0.5 * size.sum()


def test_one_stratum_is_clopper_and_pearsons_interval() -> None:
    expected = binomtest(7, 40).proportion_ci(method="exact")
    share = wrong_share([10_000], [40], [7])
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert share.value == pytest.approx(7 / 40)


def test_the_estimate_weights_each_stratum_by_its_size() -> None:
    # Worked by hand: 100 images at 5 of 10, 900 at 1 of 10 → 50 + 90.
    assert wrong_total([100, 900], [10, 10], [5, 1]).value == pytest.approx(140)


def test_none_found_does_not_mean_none_there() -> None:
    total = wrong_total([100, 50_000], [50, 100], [40, 0])
    assert total.high > 500  # 1 in 100 of the large stratum is not excluded
    assert total.low >= 40


def test_everything_reviewed_leaves_nothing_to_guess() -> None:
    assert wrong_total([10, 20], [10, 20], [3, 4]).numbers == (7, 7, 7)
    assert wrong_total([10], [10], [3]).numbers == (3, 3, 3)
    assert more_to_halve([10, 20], [10, 20], [3, 4]) is None


def test_what_nobody_has_sampled_may_hold_anything() -> None:
    alone = wrong_total([100], [20], [2])
    more = wrong_total([100, 50], [20, 0], [2, 0])
    assert (more.low, more.high) == (alone.low, alone.high + 50)
    assert more.value == pytest.approx(15)
    assert wrong_share([100], [0], [0]).low == 0
    assert wrong_share([100], [0], [0]).high == 1


def test_the_ends_are_within_what_is_possible() -> None:
    share = wrong_share([40, 30], [30, 20], [30, 0])
    assert share.low >= 30 / 70
    assert share.high <= 50 / 70


def test_counts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="more wrong labels than reviews"):
        wrong_total([10], [5], [6])
    with pytest.raises(BadInput):
        wrong_total([10], [11], [6])


def test_places_are_a_random_order_of_each_stratum_that_a_seed_repeats() -> None:
    strata = np.array([2, 0, 2, 2, 0, 1])
    places = random_places(strata, seed=3)
    for stratum in range(3):
        assert sorted(places[strata == stratum]) == list(range((strata == stratum).sum()))
    assert (places == random_places(strata, seed=3)).all()
    large = np.zeros(1000, int)
    assert (random_places(large, 0) != random_places(large, 1)).any()
    # The first fifth is spread over the whole, as a random sample is.
    assert abs(np.flatnonzero(random_places(large) < 200).mean() - 500) < 80
    assert len(random_places(np.empty(0, int))) == 0


def test_the_reviews_that_are_said_to_halve_an_interval_about_do() -> None:
    size, sampled, rate = np.array([200, 800, 9000]), np.array([30, 30, 60]), np.array([0.7, 0.2, 0.02])
    wrong = np.round(size * rate).astype(int)
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(40):
        found = rng.hypergeometric(wrong, size - wrong, sampled)
        more = more_to_halve(size, sampled, found)
        assert more is not None
        extra = allocation(size, sampled, found, more)
        left_wrong, left = wrong - found, size - sampled
        then = found + rng.hypergeometric(left_wrong, left - left_wrong, extra)
        before, after = wrong_share(size, sampled, found), wrong_share(size, sampled + extra, then)
        ratios.append((after.high - after.low) / (before.high - before.low))
    assert 0.35 < np.median(ratios) < 0.65


@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8),
    st.integers(0, 500),
)
@settings(deadline=None)
def test_an_allocation_gives_out_what_there_is_and_no_stratum_more_than_it_has(
    strata: list[tuple[int, int, int]], more: int
) -> None:
    size = np.array([size for size, _, _ in strata])
    sampled = np.minimum([n for _, n, _ in strata], size)
    wrong = np.minimum([x for _, _, x in strata], sampled)
    given_out = allocation(size, sampled, wrong, more)
    assert (given_out >= 0).all()
    assert (given_out <= size - sampled).all()
    assert given_out.sum() == min(more, (size - sampled).sum())


def test_a_large_doubtful_stratum_gets_most_of_the_reviews() -> None:
    given_out = allocation(np.array([1000, 1000, 10]), np.array([20, 20, 5]), np.array([10, 0, 2]), 60)
    assert given_out[0] > given_out[1] > given_out[2]
