"""Suspects against truth: by hand, and against scikit-learn with ties, resamples included."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as reference

from core.metrics.auroc import auroc_interval
from core.metrics.intervals import bootstrap_difference, resample_counts, wilson
from core.metrics.labels import (
    FEWEST_COMPARED,
    average_precision,
    average_precision_difference,
    found,
    found_first,
    precision_recall_curve,
    roc_curve,
)
from core.metrics.ranking import auroc_of, average_precision_of, precision_of, rank
from tests.metrics.oracles import auroc, precision_at


def test_worked_by_hand() -> None:
    # From the top: right, wrong + right tied, wrong. Pairs (positive above negative): 1, 1, .5, 1 of 4.
    score, positive = np.array([4.0, 3.0, 3.0, 1.0]), np.array([True, False, True, False])
    figures = found(score, positive, ks=(2, 5), n=5)
    assert figures.auroc.value == auroc(score, positive) == pytest.approx(3.5 / 4)
    # Recall 1/2 at precision 1, the other 1/2 at precision 2/3.
    assert average_precision(score, positive) == pytest.approx(0.5 + 0.5 * 2 / 3)
    # The second place goes to one of the tied two: 1 + 1/2 of 2.
    assert figures.precision[2].value == precision_at(score, positive, 2) == pytest.approx(0.75)
    assert 5 not in figures.precision


@st.composite
def ranked(draw: Any) -> tuple[Any, Any]:
    n = draw(st.integers(2, 60))
    score = draw(arrays(np.float64, n, elements=st.one_of(st.integers(0, 3).map(float), st.floats(-5, 5, width=32))))
    positive = draw(arrays(np.bool_, n))
    positive[0], positive[-1] = True, False
    return score, positive


@given(ranked())
@settings(max_examples=100, deadline=None)
def test_figures_and_curves_agree_with_scikit_learn(case: Any) -> None:
    score, positive = case
    assert auroc_interval(score, positive).value == pytest.approx(reference.roc_auc_score(positive, score))
    assert average_precision(score, positive) == pytest.approx(reference.average_precision_score(positive, score))
    their_curve = reference.roc_curve(positive, score, drop_intermediate=False)
    for ours, theirs in zip(roc_curve(score, positive), their_curve, strict=True):
        np.testing.assert_allclose(ours, theirs)
    recall, precision, thresholds = precision_recall_curve(score, positive)
    # scikit-learn runs the other way and adds the point (0, 1), which no threshold gives.
    their_precision, their_recall, their_thresholds = reference.precision_recall_curve(positive, score)
    np.testing.assert_allclose(recall[::-1], their_recall[:-1])
    np.testing.assert_allclose(precision[::-1], their_precision[:-1])
    np.testing.assert_allclose(thresholds[::-1], their_thresholds)


@given(ranked(), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_precision_is_the_mean_over_orders_of_ties(case: Any, k: int) -> None:
    score, positive = case
    figures = found(score, positive, ks=(k,), n=5)
    assert (k in figures.precision) == (k <= len(score))
    if k <= len(score):
        assert figures.precision[k].value == pytest.approx(precision_at(score, positive, k))


def test_resample_counts_are_repeated_rows() -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(80) < 0.3
    score = np.round(positive + rng.normal(size=80), 1)
    (counts,) = resample_counts(80, n=20)
    both = rank(score, positive).cumulative(counts)
    figures = zip(auroc_of(*both), average_precision_of(*both), precision_of(*both, 15), strict=True)
    for drawn, (area, precision, top) in zip(counts.astype(int), figures, strict=True):
        rows = np.repeat(np.arange(80), drawn)
        assert area == pytest.approx(reference.roc_auc_score(positive[rows], score[rows]))
        assert precision == pytest.approx(reference.average_precision_score(positive[rows], score[rows]))
        assert top == pytest.approx(precision_at(score[rows], positive[rows], 15))


def test_rows_without_a_score_take_no_part() -> None:
    score, positive = np.array([np.nan, 2.0, 1.0, np.nan]), np.array([False, True, False, True])
    figures = found(score, positive, ks=(1, 3), n=50)
    assert (figures.n, figures.prevalence, figures.auroc.value) == (2, 0.5, 1.0)
    assert set(figures.precision) == {1}


@pytest.mark.parametrize("positive", [np.zeros(5, bool), np.ones(5, bool)])
def test_one_kind_alone_has_no_auroc(positive: Any) -> None:
    figures = found(np.arange(5.0), positive, n=20)
    assert np.isnan(figures.auroc.numbers).all()


def test_nothing_scored_is_unknown() -> None:
    nothing = np.full(3, np.nan)
    assert np.isnan(average_precision(nothing, nothing > 0))
    assert found(nothing, nothing > 0).n == 0


def test_intervals_cover_and_are_quick() -> None:
    rng = np.random.default_rng(1)
    positive = rng.random(10_000) < 0.2
    start = time.process_time()
    figures = found(positive + rng.normal(size=10_000), positive, ks=(100, 500))
    assert time.process_time() - start < 5  # 0.8 s measured; scikit-learn in a loop takes about 8
    assert figures.auroc.low < 0.760 < figures.auroc.high  # two unit normals one apart: Phi(1 / sqrt 2)
    assert figures.auroc.high - figures.auroc.low < 0.03
    assert figures.precision[100].low < figures.precision[100].value < figures.precision[100].high


def test_a_difference_of_average_precisions_is_paired() -> None:
    rng = np.random.default_rng(3)
    positive = rng.random(600) < 0.2
    ours = np.round(rng.normal(size=600) + positive, 1)  # ties too
    theirs = ours + rng.normal(0, 0.3, 600)
    theirs[:5] = np.nan
    ahead = average_precision_difference(ours, theirs, positive)
    kept = ~np.isnan(theirs)
    rows = (ours[kept], positive[kept]), (theirs[kept], positive[kept])
    expected = [reference.average_precision_score(positive, score) for score, positive in rows]
    assert ahead.value == pytest.approx(expected[0] - expected[1])
    assert ahead.n == 595
    slow = bootstrap_difference(average_precision, *rows, n=600)
    assert ahead.high - ahead.low == pytest.approx(slow.high - slow.low, rel=0.15)
    alone = found(ours, positive).average_precision
    assert ahead.high - ahead.low < 0.7 * (alone.high - alone.low)
    back = average_precision_difference(theirs, ours, positive)
    assert (back.low, back.high) == pytest.approx((-ahead.high, -ahead.low))


def test_a_difference_has_no_interval_where_it_would_hold_the_truth_too_seldom() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(size=(2, 200))
    few = np.arange(200) < FEWEST_COMPARED - 1
    assert np.isfinite(average_precision_difference(ours, theirs, few).value)
    assert not average_precision_difference(ours, theirs, few).has_interval
    assert average_precision_difference(ours, theirs, np.arange(200) < FEWEST_COMPARED).has_interval
    assert not average_precision_difference(ours, ours, ours > 0).has_interval  # never apart
    assert np.isnan(average_precision_difference(ours, theirs, np.zeros(200, bool)).value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("share", "first", "second", "common", "positives"),
    [(0.1, 1.5, 1.2, 0.5, 30), (0.3, 1.0, 1.0, 0.5, 100), (0.02, 2.5, 2.0, 0.8, 30), (0.1, 3.0, 2.0, 0.3, 100),
     (0.1, 1.5, 1.4, 0.9, 200), (0.05, 2.0, 0.5, 0.2, 60)],
)  # fmt: skip
def test_the_interval_of_a_difference_of_average_precisions_holds_the_truth(
    share: float, first: float, second: float, common: float, positives: int
) -> None:
    """common: the share of variance that both scores have in common. positives: expected, in rows drawn at random."""

    def drawn(rng: np.random.Generator, rows: int) -> tuple[Any, Any, Any]:
        positive, together = rng.random(rows) < share, np.sqrt(common) * rng.standard_normal(rows)
        ours, theirs = together + np.sqrt(1 - common) * rng.standard_normal((2, rows))
        return ours + first * positive, theirs + second * positive, positive

    ours, theirs, positive = drawn(np.random.default_rng(1), 2_000_000)
    truth = average_precision(ours, positive) - average_precision(theirs, positive)
    rng = np.random.default_rng(2)
    trials = [average_precision_difference(*drawn(rng, int(positives / share))) for _ in range(800)]
    told = [one for one in trials if one.has_interval]
    assert len(told) > 700
    assert 0.92 <= sum(one.low <= truth <= one.high for one in told) / len(told) <= 0.98


def test_the_share_found_first_worked_by_hand() -> None:
    """Ten rows, four positives. By 40 % the run of equal scores at places 3 to 5 is cut: 2 of its 3 rows are seen."""
    score = np.array([9.0, 8, 5, 5, 5, 4, 3, 2, 1, 0])
    positive = np.array([True, False, True, True, False, False, False, True, False, False])
    assert found_first(score, positive, 0.1).value == 0.25
    assert found_first(score, positive, 0.4).value == pytest.approx((1 + 2 * 2 / 3) / 4)
    assert found_first(score, positive, 1.0).value == 1.0
    assert found_first(score, positive, 0.1).n == 4
    assert found_first(score, positive, 0.1).numbers[1:] == pytest.approx([float(end) for end in wilson(1, 4)])
    assert np.isnan(found_first(score, positive, 0.01).value)
    assert np.isnan(found_first(score, np.zeros(10, bool), 0.5).value)
    unscored = np.where(np.arange(10) < 5, score, np.nan)
    assert found_first(unscored, positive, 0.2).value == pytest.approx(1 / 3)
