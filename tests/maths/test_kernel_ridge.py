from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel

from core.maths import kernel_ridge
from core.maths.folds import row_keys
from core.maths.kernel_ridge import PENALTIES, KernelBasis, kernel_basis, leave_one_out

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(40, 3)).astype(np.float32)
TARGETS = np.eye(2)[(FEATURES[:, 0] + 0.3 * RNG.normal(size=40) > 0).astype(int)]
ALL = np.ones(40, bool)


def basis_of(features: np.ndarray[Any, Any], fit: np.ndarray[Any, Any]) -> KernelBasis:
    return kernel_basis(features, fit, row_keys(features))


def scale() -> float:
    distance = ((FEATURES[:, None] - FEATURES[None]) ** 2).sum(-1)
    return float(np.median(distance))


def test_with_every_row_a_landmark_it_is_a_loop_of_scikit_learns_fits() -> None:
    ours = leave_one_out(basis_of(FEATURES, ALL), TARGETS)
    gamma = 2.0 / scale()
    candidates = []
    for penalty in PENALTIES:
        predicted = np.empty_like(TARGETS)
        for row in range(40):
            rest = np.arange(40) != row
            kernel = rbf_kernel(FEATURES, gamma=gamma) + 1.0  # the one is a constant term
            model = KernelRidge(alpha=penalty, kernel="precomputed").fit(kernel[np.ix_(rest, rest)], TARGETS[rest])
            predicted[row] = model.predict(kernel[[row]][:, rest])[0]
        candidates.append((((predicted - TARGETS) ** 2).mean(), predicted))
    np.testing.assert_allclose(ours, min(candidates, key=lambda c: c[0])[1], atol=2e-3)


def test_a_rows_own_target_does_not_move_its_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_ridge, "PENALTIES", [1.0])  # choosing among nine hears all rows
    basis = basis_of(FEATURES, ALL)
    turned = TARGETS.copy()
    turned[7] = turned[7, ::-1]
    np.testing.assert_allclose(leave_one_out(basis, turned)[7], leave_one_out(basis, TARGETS)[7], atol=1e-5)


def test_rows_outside_the_fit_are_predicted_and_their_targets_unread() -> None:
    fit = np.arange(40) < 30
    basis = basis_of(FEATURES, fit)
    holed = TARGETS.copy()
    holed[~fit] = np.nan
    predicted = leave_one_out(basis, holed)
    assert np.isfinite(predicted).all()
    assert (predicted[~fit].argmax(1) == TARGETS[~fit].argmax(1)).mean() > 0.7


def test_fewer_landmarks_stay_close(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = leave_one_out(basis_of(FEATURES, ALL), TARGETS)
    monkeypatch.setattr(kernel_ridge, "LANDMARKS", 25)
    assert np.corrcoef(exact[:, 0], leave_one_out(basis_of(FEATURES, ALL), TARGETS)[:, 0])[0, 1] > 0.95


def test_the_order_of_rows_changes_nothing() -> None:
    order = np.random.default_rng(1).permutation(40)
    shuffled = leave_one_out(basis_of(FEATURES[order], ALL), TARGETS[order])
    np.testing.assert_allclose(shuffled, leave_one_out(basis_of(FEATURES, ALL), TARGETS)[order], atol=1e-4)


def test_rounding_of_what_is_compared_draws_no_other_landmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_ridge, "LANDMARKS", 10)
    keys, rounded = row_keys(FEATURES), np.nextafter(FEATURES, np.float32(np.inf))
    one, other = (leave_one_out(kernel_basis(features, ALL, keys), TARGETS) for features in (FEATURES, rounded))
    np.testing.assert_allclose(one, other, atol=1e-4)
    assert np.abs(one - leave_one_out(basis_of(rounded, ALL), TARGETS)).max() > 1e-2  # those of the rounded: others


def test_equal_rows_predict_the_mean_of_the_others() -> None:
    predicted = leave_one_out(basis_of(np.ones((10, 3)), np.ones(10, bool)), np.eye(2)[np.arange(10) % 2])
    np.testing.assert_allclose(predicted, 0.5, atol=0.2)
