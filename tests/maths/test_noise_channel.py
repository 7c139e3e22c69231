from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from core.maths.noise_channel import best_temper, fit_channel, posterior


def planted(n: int = 6000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evidence of three classes, true labels, and labels of which 30 % of class 0 became 1 and nothing else."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, n)
    evidence = 2.0 * np.eye(3)[true] + rng.normal(size=(n, 3))  # log-likelihood ratios: twice this is calibrated
    labels = np.where((true == 0) & (rng.random(n) < 0.3), 1, true)
    return evidence, true, labels


def test_posterior_worked_by_hand() -> None:
    # Prior .5/.5, given 1; P(1|0) = .2, P(1|1) = .9: .1 to .45, so 2/11 and 9/11.
    belief = posterior(np.array([[0.5, 0.5]]), np.array([[0.8, 0.2], [0.1, 0.9]]), np.array([1]))
    np.testing.assert_allclose(belief, [[2 / 11, 9 / 11]])


def test_the_transition_matrix_of_one_sided_mistakes_is_found() -> None:
    evidence, _, labels = planted()
    channel = fit_channel(evidence, labels)
    # The symmetric prior is a tenth of the weight, and 10 % of the labels are wrong: cells move by 0.01 at most.
    expected = np.array([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(channel.transition, expected, atol=0.05)
    assert channel.temper == pytest.approx(2.0, rel=0.2)


def test_beliefs_are_calibrated() -> None:
    evidence, true, labels = planted(seed=1)
    channel = fit_channel(evidence, labels)
    prior = np.exp(log_softmax(channel.temper * evidence, axis=1))
    wrong = 1 - posterior(prior, channel.transition, labels)[np.arange(len(labels)), labels]
    for rows in (wrong < 0.5, wrong >= 0.5):
        assert wrong[rows].mean() == pytest.approx((labels != true)[rows].mean(), abs=0.05)


def test_clean_labels_leave_a_channel_without_mistakes() -> None:
    evidence, true, _ = planted(seed=2)
    assert np.trace(fit_channel(evidence, true).transition) / 3 > 0.97


def test_best_temper_is_the_best_of_a_grid() -> None:
    evidence, _, labels = planted(600)
    grid = np.linspace(0.1, 5, 491)
    surprise = [-log_softmax(t * evidence, axis=1)[np.arange(600), labels].mean() for t in grid]
    assert best_temper(evidence, labels) == pytest.approx(grid[int(np.argmin(surprise))], abs=0.02)


def test_evidence_that_says_nothing_accuses_nobody() -> None:
    labels = np.arange(60) % 3
    channel = fit_channel(np.zeros((60, 3)), labels)
    assert np.isfinite(channel.transition).all()
    np.testing.assert_allclose(channel.transition.sum(axis=1), 1)
