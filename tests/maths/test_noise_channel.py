from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from core.maths.noise_channel import best_temper, fit_channel, matrix_weight, posterior


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


def mistaken(by_image: bool, rate: float, seed: int, n: int = 10_000) -> tuple[np.ndarray, np.ndarray]:
    """Evidence of five classes, and labels wrong at that rate, whatever the image or the more ambiguous the oftener."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 5, n)
    evidence = 2.5 * np.eye(5)[true] + rng.normal(size=(n, 5))
    unclear = 1 - softmax(evidence, axis=1)[np.arange(n), true]
    odds = unclear / unclear.mean() if by_image else np.ones(n)
    wrong = rng.random(n) < rate * odds
    return evidence, np.where(wrong, (true + rng.integers(1, 5, n)) % 5, true)


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.4])
def test_the_matrix_counts_in_full_where_mistakes_depend_on_the_class_alone(rate: float) -> None:
    weights = [matrix_weight(*(case := mistaken(False, rate, seed)), fit_channel(*case)) for seed in range(8)]
    assert np.mean(weights) > (0.65 if rate == 0.1 else 0.85)  # of few mistakes less can be told


@pytest.mark.parametrize("rate", [0.1, 0.2])
def test_the_matrix_counts_less_where_hard_images_are_mistaken_oftener(rate: float) -> None:
    weights = [matrix_weight(*(case := mistaken(True, rate, seed)), fit_channel(*case)) for seed in range(8)]
    assert np.mean(weights) < 0.65


def test_of_few_images_the_labels_are_taken_for_peoples() -> None:
    case = mistaken(False, 0.2, 0, n=400)
    assert matrix_weight(*case, fit_channel(*case)) == 0.5


def test_half_a_matrix_is_worked_by_hand() -> None:
    # Prior .5/.5, given 1; the roots of P(1|0) = .04 and P(1|1) = .81 are .2 and .9: 2/11 and 9/11.
    belief = posterior(np.array([[0.5, 0.5]]), np.array([[0.96, 0.04], [0.19, 0.81]]), np.array([1]), weight=0.5)
    np.testing.assert_allclose(belief, [[2 / 11, 9 / 11]])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "n_classes"), [(90, 3), (250, 5), (300, 10)])
@pytest.mark.parametrize("louder", [0.0, 1e-4])
def test_evidence_that_tells_nothing_of_the_labels_leaves_the_matrix_whole_and_no_label_likelier_wrong(
    n: int, n_classes: int, seed: int, louder: float
) -> None:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, n_classes, n)
    evidence = np.log(np.bincount(labels) / n) + louder * generator.normal(size=(n, n_classes))
    channel = fit_channel(evidence, labels)
    weight = matrix_weight(evidence, labels, channel)
    belief = posterior(softmax(channel.temper * evidence, axis=1), channel.transition, labels, weight)
    assert weight == 1.0
    assert (belief[np.arange(n), labels] > 0.5).all()
