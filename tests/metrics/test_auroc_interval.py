from __future__ import annotations

import numpy as np
import pytest

from core.metrics.labels import found
from core.metrics.ranking import auroc_interval
from tests.metrics.oracles import auroc


def test_worked_by_hand() -> None:
    # Positives 2, 3; negatives 1, 2. Placements of positives: (1 + 1/2) / 2 = 3/4 and 1; of negatives: 1 and 3/4.
    # Mean 7/8. Both variances (1/8)² + (1/8)² over 1 = 1/32; of the area 1/32/2 + 1/32/2 = 1/32.
    # Logit: log 7 = 1.9459, half 1.95996 × 0.17678 / (7/64) = 3.1676: 0.2276 to 0.9940.
    value, low, high = auroc_interval(np.array([2.0, 3, 1, 2]), np.array([True, True, False, False])).numbers
    assert value == 7 / 8
    assert low == pytest.approx(0.2276, abs=1e-4)
    assert high == pytest.approx(0.9940, abs=1e-4)


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


def test_a_perfect_order_has_a_value_and_no_ends_and_nan_rows_take_no_part() -> None:
    score, positive = np.array([1.0, 2, 3, 4, np.nan]), np.array([False, False, True, True, False])
    value, low, high = auroc_interval(score, positive).numbers
    assert value == auroc(score, positive) == 1.0
    assert np.isnan([low, high]).all()
