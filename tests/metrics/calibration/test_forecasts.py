"""Calibration: the values of the plain functions, the intervals of the plain bootstrap for means, the floor."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from core.errors import TooFewRows
from core.metrics.calibration.binned import (
    expected_calibration_error,
    negative_log_likelihood,
    reliability_bins,
)
from core.metrics.calibration.forecasts import Forecasts, calibration, forecasts
from core.metrics.intervals import bootstrap
from core.types import Bools, Floats, Ints
from tests.metrics.oracles import brier_score


def said(n: int, k: int = 4, seed: int = 0, sharper: float = 1.0) -> tuple[Floats, Ints, Bools]:
    """Probabilities, labels drawn from them, and which predictions are right. sharper: than the labels' own."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(k) * 0.5, n)
    labels = (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    p = p**sharper / (p**sharper).sum(axis=1, keepdims=True)
    return p, labels, p.argmax(axis=1) == labels


def test_values_are_those_of_the_functions_without_intervals() -> None:
    p, labels, correct = said(500, sharper=2.0)
    found = calibration(forecasts(p, labels, correct))
    confidence = p.max(axis=1)
    assert found.ece.value == pytest.approx(expected_calibration_error(confidence, correct))
    assert found.ece_width.value == pytest.approx(expected_calibration_error(confidence, correct, binning="width"))
    assert found.brier.value == pytest.approx(brier_score(p, labels))
    assert found.nll.value == pytest.approx(negative_log_likelihood(p, labels))


def test_equal_mass_error_is_that_of_a_plain_loop_over_ranked_parts() -> None:
    # What netcal computes where no confidence is tied (it raises on ties): parts of equal count, weighed by their size.
    p, labels, correct = said(497, sharper=2.0)
    confidence = p.max(axis=1)
    expected = 0.0
    for part in np.array_split(np.argsort(confidence), 15):
        expected += len(part) / 497 * abs(correct[part].mean() - confidence[part].mean())
    assert calibration(forecasts(p, labels, correct)).ece.value == pytest.approx(expected)


def test_one_bin_worked_by_hand() -> None:
    # Confidences .6 and .8, the second wrong: |(1 - .6) + (0 - .8)| / 2 = .2. Squared errors of two classes:
    # 2 · .4² and 2 · .8², mean .8. Losses -ln .6 and -ln .2.
    p, labels = np.array([[0.6, 0.4], [0.8, 0.2]]), np.array([0, 1])
    found = calibration(forecasts(p, labels, np.array([True, False])), n_bins=1)
    assert found.ece.value == pytest.approx(0.2)
    assert found.ece_width.value == pytest.approx(0.2)
    assert found.brier.value == pytest.approx((2 * 0.4**2 + 2 * 0.8**2) / 2)
    assert found.nll.value == pytest.approx(-(np.log(0.6) + np.log(0.2)) / 2)


def test_intervals_of_means_are_those_of_drawing_rows_one_by_one() -> None:
    p, labels, correct = said(400, sharper=2.5)
    found = calibration(forecasts(p, labels, correct))
    for statistic, ours in ((brier_score, found.brier), (negative_log_likelihood, found.nll)):
        slow = bootstrap(statistic, p, labels, n=3000, seed=1)
        width = slow.high - slow.low
        assert (ours.low, ours.high) == pytest.approx((slow.low, slow.high), abs=0.08 * width)


def test_the_paper_s_figure_has_no_interval_because_none_around_it_holds_the_true_error() -> None:
    # Of models that are right as often as they say, the bootstrap of the plain figure never holds 0, the true error.
    held = {"debiased": 0, "plain": 0}
    for seed in range(40):
        p, labels, correct = said(200, k=10, seed=seed)
        found = calibration(forecasts(p, labels, correct))
        assert not found.ece.has_interval
        assert not found.ece_width.has_interval
        held["debiased"] += found.error.low == 0
        held["plain"] += bootstrap(expected_calibration_error, p.max(axis=1), correct, n=100).low == 0
    assert held["debiased"] >= 37
    assert held["plain"] == 0


def test_the_floor_is_what_perfect_networks_have() -> None:
    errors, floors = [], []
    for seed in range(60):
        p, labels, correct = said(150, seed=seed)
        found = calibration(forecasts(p, labels, correct))
        errors.append(found.ece.value)
        floors.append(found.ece_if_perfect)
    assert np.mean(errors) == pytest.approx(np.mean(floors), rel=0.08)
    assert calibration(forecasts(*said(15_000))).ece_if_perfect < 0.2 * np.mean(floors)


def test_the_floor_of_many_images_is_that_of_normal_gaps() -> None:
    p, labels, correct = said(15_001)
    exact = calibration(forecasts(p, labels, correct)).ece_if_perfect
    simulated = calibration(forecasts(p[:-1], labels[:-1], correct[:-1])).ece_if_perfect
    assert exact == pytest.approx(simulated, rel=0.03)


def test_fewer_images_than_bins_are_a_bin_each() -> None:
    p, labels, correct = said(6)
    found = calibration(forecasts(p, labels, correct))
    assert found.ece.value == pytest.approx(np.abs(correct - p.max(axis=1)).mean())


def test_scikit_learn_s_equal_mass_bins_vanish_where_confidences_are_equal() -> None:
    # The known fault: its quantile edges coincide, so 60 images at 1.0 and 40 spread below leave 5 of 10 bins; ours
    # are 10 of 10 images whatever their confidence.
    confidence = np.append(np.linspace(0.5, 0.9, 40), np.ones(60))
    correct = np.arange(100) % 5 > 0
    theirs, _ = calibration_curve(correct, confidence, n_bins=10, strategy="quantile")
    assert len(theirs) < 10
    assert reliability_bins(confidence, correct, 10).n.tolist() == [10] * 10


def test_parts_of_the_images_are_judged_alone() -> None:
    p, labels, correct = said(300)
    whole, rows = forecasts(p, labels, correct), labels == 1
    part = calibration(whole.where(rows))
    assert part.nll.value == pytest.approx(negative_log_likelihood(p[rows], labels[rows]))


def test_nothing_to_measure_is_an_error() -> None:
    empty = np.array([])
    with pytest.raises(TooFewRows, match="no prediction"):
        calibration(Forecasts(empty, empty.astype(bool), empty, empty))
