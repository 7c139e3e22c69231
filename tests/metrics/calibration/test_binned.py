"""Calibration: by hand, bounds, and parity with torchmetrics away from its edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import log_loss
from torchmetrics.functional.classification import binary_calibration_error

from core.errors import TooFewRows
from core.metrics.calibration.binned import (
    Binning,
    expected_calibration_error,
    negative_log_likelihood,
    reliability_bins,
    squared_errors,
)
from tests.metrics.oracles import brier_score

both_binnings = pytest.mark.parametrize("binning", ["mass", "width"])
unit = st.floats(0, 1, width=32)


@st.composite
def predictions(draw: Any) -> tuple[Any, Any]:
    n = draw(st.integers(1, 60))
    return draw(arrays(np.float64, n, elements=unit)), draw(arrays(np.bool_, n))


def test_worked_by_hand() -> None:
    # Two bins of two by rank: confidences .5, .7 with 1 of 2 right, gap |1 - 1.2| = .2; .8, 1 with 1 of 2 right,
    # gap |1 - 1.8| = .8. Together 1.0 over 4 rows.
    confidence, correct = np.array([0.8, 0.5, 1.0, 0.7]), np.array([True, True, False, False])
    assert expected_calibration_error(confidence, correct, n_bins=2) == pytest.approx(0.25)
    # Two bins of equal width: 0.5 and above is one bin: |2 - 3.0| / 4.
    assert expected_calibration_error(confidence, correct, n_bins=2, binning="width") == pytest.approx(0.25)
    assert expected_calibration_error(confidence, correct, n_bins=5, binning="width") == pytest.approx(
        (abs(1 - 0.5) + abs(0 - 0.7) + abs(1 - 1.8)) / 4
    )


def test_confidence_of_one_joins_the_last_bin() -> None:
    bins = reliability_bins(np.array([0.95, 1.0, 0.0]), np.array([True, True, False]), n_bins=10, binning="width")
    assert bins.n.tolist() == [1, 2]
    assert bins.high[-1] == 1.0


def test_many_confidences_of_one_still_make_equal_bins() -> None:
    bins = reliability_bins(np.ones(30), np.ones(30, bool))
    assert bins.n.tolist() == [2] * 15


@both_binnings
@given(prediction=predictions(), n_bins=st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_it_lies_in_0_to_1_and_agrees_with_its_bins(prediction: Any, n_bins: int, binning: Binning) -> None:
    confidence, correct = prediction
    error = expected_calibration_error(confidence, correct, n_bins, binning)
    bins = reliability_bins(confidence, correct, n_bins, binning)
    assert -1e-12 <= error <= 1 + 1e-12
    assert bins.n.sum() == len(confidence)
    assert (bins.n > 0).all()
    assert error == pytest.approx((bins.n * np.abs(bins.accuracy - bins.confidence)).sum() / bins.n.sum(), abs=1e-9)
    assert ((bins.accuracy_low <= bins.accuracy) & (bins.accuracy <= bins.accuracy_high)).all()
    assert ((bins.low <= bins.confidence + 1e-9) & (bins.confidence <= bins.high + 1e-9)).all()


@both_binnings
@given(prediction=predictions())
@settings(max_examples=30, deadline=None)
def test_one_bin_gives_accuracy_less_mean_confidence(prediction: Any, binning: Binning) -> None:
    confidence, correct = prediction
    expected = abs(correct.mean() - confidence.mean())
    assert expected_calibration_error(confidence, correct, 1, binning) == pytest.approx(expected, abs=1e-9)


def test_equal_width_agrees_with_torchmetrics_away_from_one() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.02, 0.98, 2000).astype(np.float32)
    correct = rng.random(2000) < confidence**2
    reference = binary_calibration_error(torch.tensor(confidence), torch.tensor(correct).int(), n_bins=15, norm="l1")
    assert expected_calibration_error(confidence, correct, binning="width") == pytest.approx(float(reference), abs=1e-5)


def test_torchmetrics_gives_confidence_one_a_bin_of_its_own() -> None:
    # The known fault: 0.95 right and 1.0 wrong share our last bin, |1 - 1.95| / 2. Theirs are |1 - .95| and |0 - 1|.
    confidence, correct = np.array([0.95, 1.0]), np.array([True, False])
    assert expected_calibration_error(confidence, correct, 10, "width") == pytest.approx(0.475)
    theirs = binary_calibration_error(torch.tensor(confidence), torch.tensor(correct).int(), n_bins=10, norm="l1")
    assert float(theirs) == pytest.approx(0.525)


def test_brier_and_likelihood_by_hand_and_against_scikit_learn() -> None:
    p, y = np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([0, 0])
    np.testing.assert_allclose(squared_errors(p, y), [0.04 + 0.04, 0.36 + 0.36])
    rng = np.random.default_rng(2)
    p, y = rng.dirichlet(np.ones(4), 200), rng.integers(0, 4, 200)
    assert negative_log_likelihood(p, y) == pytest.approx(log_loss(y, p, labels=range(4)))
    assert squared_errors(p, y).mean() == pytest.approx(brier_score(p, y))
    assert np.isfinite(negative_log_likelihood(np.array([[0.0, 1.0]], np.float32), np.array([0])))


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(TooFewRows, match="no prediction"):
        expected_calibration_error(np.array([]), np.array([], bool))
