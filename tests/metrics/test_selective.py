"""Selective classification: by hand, and whatever the order of ties."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import TooFewRows
from core.metrics.selective import accuracy_by_rejection, risk_coverage_curve
from tests.metrics.oracles import aurc


def test_risk_and_coverage_by_hand() -> None:
    # Most confident first: right, wrong, right, wrong: risks 0/1, 1/2, 1/3, 2/4.
    confidence, correct = np.array([0.6, 0.9, 0.8, 0.7]), np.array([False, True, False, True])
    coverage, risk = risk_coverage_curve(confidence, correct)
    np.testing.assert_allclose(coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(risk, [0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc(confidence, correct) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    np.testing.assert_allclose(
        accuracy_by_rejection(confidence, correct, np.array([0, 0.25, 0.75, 1])), [0.5, 2 / 3, 1, 1]
    )


def test_equal_confidences_count_by_their_mean() -> None:
    rng = np.random.default_rng(0)
    correct = rng.random(40) < 0.6
    confidence = np.round(rng.random(40), 1)
    order = rng.permutation(40)
    assert aurc(confidence, correct) == pytest.approx(aurc(confidence[order], correct[order]))
    assert aurc(np.ones(40), correct) == pytest.approx(1 - correct.mean())


def test_the_best_order_has_the_least_area() -> None:
    rng = np.random.default_rng(1)
    correct = rng.random(100) < 0.7
    best, worst = aurc(correct + 0.0, correct), aurc(-1.0 * correct, correct)
    assert best <= aurc(rng.random(100), correct) <= worst


def test_nothing_predicted_is_an_error() -> None:
    with pytest.raises(TooFewRows, match="no prediction"):
        aurc(np.array([]), np.array([], bool))
