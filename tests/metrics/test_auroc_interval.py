from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from core.metrics.auroc import auroc_difference, auroc_interval
from core.metrics.intervals import bootstrap_difference
from core.metrics.labels import found
from core.types import Floats
from tests.metrics.oracles import auroc


def test_worked_by_hand() -> None:
    # Positives 2, 3; negatives 1, 2. Placements of positives: (1 + 1/2) / 2 = 3/4 and 1; of negatives: 1 and 3/4.
    # Mean 7/8. Both variances (1/8)² + (1/8)² over 1 = 1/32; of the area 1/32/2 + 1/32/2 = 1/32.
    # Logit: log 7 = 1.9459, half 1.95996 × 0.17678 / (7/64) = 3.1676: 0.2276 to 0.9940.
    # 2 × 1/8 is fewer than ten misplaced: Newcombe's low end, at which |7/8 - θ| is 1.95996 standard errors, is 0.3186,
    # nearer than DeLong's; his high end, 0.9861, too.
    score, positive = np.array([2.0, 3, 1, 2]), np.array([True, True, False, False])
    value, low, high = auroc_interval(score, positive).numbers
    assert value == 7 / 8
    assert low == pytest.approx(0.2276, abs=1e-4)
    assert high == pytest.approx(0.9940, abs=1e-4)


def test_where_few_are_misplaced_an_end_is_newcombe_s_if_that_is_further() -> None:
    # 1 of 10 positives below 2 of 100 negatives: the area is 1 - 2/1000, and DeLong's standard error tiny.
    score = np.append(np.append(np.full(9, 200.0), 97.5), np.arange(100.0))
    positive = np.arange(110) < 10
    found = auroc_interval(score, positive)
    assert found.value == pytest.approx(0.998)

    def errors_away(theta: float) -> float:
        rows = (10 + 100) / 2 - 1
        factor = 1 + rows * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return float(abs(theta - found.value) / np.sqrt(theta * (1 - theta) * factor / (10 * 100)))

    assert errors_away(found.low) == pytest.approx(1.959964, abs=1e-4)


def test_agrees_with_resampling() -> None:
    rng = np.random.default_rng(0)
    wrong = rng.random(2000) < 0.15
    score = np.round(rng.normal(size=2000) + wrong, 1)  # with ties
    ours, theirs = auroc_interval(score, wrong), found(score, wrong, ks=(), n=1000).auroc
    assert ours.value == pytest.approx(theirs.value)
    assert ours.low == pytest.approx(theirs.low, abs=0.004)
    assert ours.high == pytest.approx(theirs.high, abs=0.004)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # One standard deviation apart: the area is Φ(1/√2) = 0.7602
    rng, held = np.random.default_rng(1), 0
    for _ in range(400):
        positive = rng.random(150) < 0.2
        _, low, high = auroc_interval(rng.normal(size=150) + positive, positive).numbers
        held += low <= 0.7602 <= high
    assert 0.92 < held / 400 < 0.98


@pytest.mark.parametrize("positive", [[True, True], [False, False], []])
def test_one_kind_alone_has_no_area(positive: list[bool]) -> None:
    assert np.isnan(auroc_interval(np.arange(len(positive), dtype=float), np.array(positive, bool)).numbers).all()


def test_a_perfect_order_has_the_low_end_of_as_many_successes_as_the_rarer_kind_has_rows() -> None:
    score, positive = np.array([1.0, 2, 3, 4, 5, np.nan]), np.array([False, False, True, True, True, False])
    found = auroc_interval(score, positive)
    assert found.value == auroc(score, positive) == 1.0
    assert (found.low, found.high) == pytest.approx((0.025**0.5, 1))  # two in a row by luck: half of 5 %
    assert found.n == 5
    turned = auroc_interval(-score, positive)
    assert turned.numbers == pytest.approx((0.0, 0.0, 1 - 0.025**0.5))


def test_one_row_of_a_kind_says_little_but_not_nothing_of_a_perfect_order() -> None:
    assert auroc_interval(np.array([1.0, 2, 3]), np.array([False, False, True])).numbers == pytest.approx((1, 0.025, 1))
    assert np.isnan(auroc_interval(np.array([1.0, 2, 3]), np.array([False, True, False])).low)


def of_shape(rng: np.random.Generator, shape: str, apart: float, m: int, n: int) -> Floats:
    """Scores of m positives and n negatives that are normal, or exponential of scale e^apart and 1."""
    if shape == "normal":
        return np.append(rng.normal(apart, 1, m), rng.normal(0, 1, n))
    return np.append(rng.exponential(np.exp(apart), m), rng.exponential(1, n))


@pytest.mark.slow
@pytest.mark.parametrize(("m", "n"), [(10, 10), (10, 200), (30, 30), (20, 1000), (50, 500), (200, 10)])
@pytest.mark.parametrize("apart", [0.0, 1.0, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("shape", ["normal", "exponential"])
def test_the_interval_holds_the_truth_up_to_a_perfect_order(shape: str, apart: float, m: int, n: int) -> None:
    # At 4 apart up to 86 of 100 orders of ten and ten are perfect.
    rng, held, trials = np.random.default_rng(2), 0, 400
    truth = ndtr(apart / np.sqrt(2)) if shape == "normal" else 1 / (1 + np.exp(-apart))
    positive = np.arange(m + n) < m
    for _ in range(trials):
        found = auroc_interval(of_shape(rng, shape, apart, m, n), positive)
        held += found.low <= truth <= found.high
    # Above 98 % where the rarer kind alone is narrowly spread, which the ends for few misplaced rows do not rely on.
    assert held / trials >= 0.90


def test_a_difference_is_paired() -> None:
    rng = np.random.default_rng(3)
    positive = rng.random(400) < 0.3
    ours = rng.normal(size=400) + positive
    theirs = ours + rng.normal(0, 0.1, 400)
    theirs[:5] = np.nan
    found = auroc_difference(ours, theirs, positive)
    kept = ~np.isnan(theirs)
    assert found.value == pytest.approx(auroc(ours[kept], positive[kept]) - auroc(theirs[kept], positive[kept]))
    assert found.n == 395
    slow = bootstrap_difference(auroc, (ours[kept], positive[kept]), (theirs[kept], positive[kept]), n=500)
    assert found.high - found.low == pytest.approx(slow.high - slow.low, rel=0.15)
    apart = auroc_interval(ours, positive)
    assert found.high - found.low < 0.3 * (apart.high - apart.low)
    assert np.isnan(auroc_difference(ours, ours, positive).low)  # never apart: no spread, and no interval


@pytest.mark.slow
def test_the_interval_of_a_difference_holds_the_truth() -> None:
    rng, held, trials = np.random.default_rng(4), 0, 1000
    truth = ndtr(1 / np.sqrt(2)) - ndtr(1 / np.sqrt(2 + 1.0))  # the second has noise of variance ½ on both
    for _ in range(trials):
        positive = np.arange(300) < 60
        ours = rng.normal(size=300) + positive
        found = auroc_difference(ours, ours + rng.normal(0, np.sqrt(0.5), 300), positive)
        held += found.low <= truth <= found.high
    assert 0.92 <= held / trials <= 0.98
