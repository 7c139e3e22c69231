"""Agreement of scores: against scipy, ties and gaps included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kendalltau, rankdata, spearmanr

from core.metrics.agreement import (
    agreement_matrix,
    kendall,
    overlap_of_places,
    places,
    ranks,
    spearman,
    spearman_interval,
    spearman_matrix,
)
from tests.metrics.oracles import overlap_at

tied = arrays(np.float64, 30, elements=st.integers(0, 6).map(float))


@given(tied, tied)
@settings(max_examples=60, deadline=None)
def test_rank_correlations_agree_with_scipy(a: Any, b: Any) -> None:
    np.testing.assert_allclose(ranks(a), rankdata(a))
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
        assert kendall(a, b) == pytest.approx(kendalltau(a, b).statistic)
    else:
        assert np.isnan([spearman(a, b), kendall(a, b)]).all()


def test_rows_with_one_score_take_no_part() -> None:
    a, b = np.array([1.0, 2, 3, np.nan]), np.array([np.nan, 2, 1, 5])
    assert spearman(a, b) == -1
    assert kendall(a, b) == -1
    assert np.isnan(spearman(a[:1], b[:1]))


def test_a_matrix_is_symmetric_with_ones() -> None:
    scores = list(np.random.default_rng(0).normal(size=(3, 50)))
    for statistic in (spearman, kendall):
        matrix = agreement_matrix(scores, statistic)
        np.testing.assert_array_equal(matrix, matrix.T)
        np.testing.assert_allclose(np.diag(matrix), 1)


@given(tied, tied, tied)
@settings(max_examples=40, deadline=None)
def test_the_matrix_is_spearman_of_each_pair_with_gaps_or_without(a: Any, b: Any, c: Any) -> None:
    c = np.where(c == 0, np.nan, c)
    expected = agreement_matrix([a, b, c])
    found = spearman_matrix([a, b, c])
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_overlap_at_each_k_worked_by_hand() -> None:
    # Tops of a: 0, 1, 2, 3; of b: 2, 0, 3, 1. In both tops of 1: none; of 2: row 0; of 3: 0 and 2; of 4: all.
    a, b = places(np.array([4.0, 3, 2, 1])), places(np.array([3.0, 1, 4, 2]))
    np.testing.assert_allclose(overlap_of_places(a, b, np.array([1, 2, 3, 4])), [0, 1 / 2, 2 / 3, 1])


@given(tied, tied)
@settings(max_examples=40, deadline=None)
def test_overlap_at_k_is_a_plain_count_of_both_tops(a: Any, b: Any) -> None:
    ks = np.arange(1, 31)
    np.testing.assert_allclose(overlap_of_places(places(a), places(b), ks), overlap_at(a, b, ks))


def test_the_interval_of_a_rank_correlation_covers_the_truth() -> None:
    # A bivariate normal of correlation r has a Spearman correlation of 6/π asin(r/2).
    truth, rng, hits = 6 / np.pi * np.arcsin(0.5 / 2), np.random.default_rng(0), 0
    for _ in range(300):
        x = rng.normal(size=100)
        found = spearman_interval(spearman(x, 0.5 * x + np.sqrt(0.75) * rng.normal(size=100)), 100)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 300 <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("n", [4, 5, 6, 8, 10, 20])
@pytest.mark.parametrize("r", [0.0, 0.5, 0.8, 0.9, 0.95])
def test_few_rows_hold_the_truth_too(n: int, r: float) -> None:
    """As of classes, of which there may be four: of such a perfect order says little."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(2000, n))
    y = r * x + np.sqrt(1 - r * r) * rng.normal(size=x.shape)
    ranked = [each.argsort(axis=1).argsort(axis=1) for each in (x, y)]
    found = 1 - 6 * ((ranked[0] - ranked[1]) ** 2).sum(axis=1) / (n**3 - n)
    intervals = [spearman_interval(value, n) for value in found.tolist()]
    truth = 6 / np.pi * np.arcsin(r / 2)
    assert np.mean([one.low <= truth <= one.high for one in intervals]) >= 0.93


def test_a_perfect_order_of_few_rows_is_no_certainty() -> None:
    for n in (4, 5, 10):
        one, other = spearman_interval(1.0, n), spearman_interval(-1.0, n)
        assert one.high == 1
        assert one.low < (0 if n < 6 else 0.95)
        assert other.low == -1
        assert other.high == pytest.approx(-one.low)


def test_too_few_rows_have_no_interval() -> None:
    assert np.isnan(spearman_interval(0.5, 3).low)
    assert spearman_interval(1.0, 100).high == pytest.approx(1.0)
