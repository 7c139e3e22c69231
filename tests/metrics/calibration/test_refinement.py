"""Refinement and calibration: a plain loop over folds, what is planted in either, and intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from core.errors import TooFewRows
from core.metrics.calibration.binned import negative_log_likelihood
from core.metrics.calibration.refinement import FOLDS, nll_parts
from core.types import Floats, Ints


def drawn(n: int, sharper: float = 1.0, seed: int = 0, k: int = 6, noise: float = 0.0) -> tuple[Floats, Ints]:
    """Probabilities whose logits are so much sharper than the labels' own, and labels. noise: added to the logits."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, k)) * 1.5
    p = np.exp(log_softmax(logits, axis=1))
    labels = (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return np.exp(log_softmax(sharper * (logits + noise * rng.normal(size=(n, k))), axis=1)), labels


def test_it_is_a_plain_loop_over_folds() -> None:
    p, labels = drawn(203, 1.8)
    fold = np.random.default_rng([4, 0x5EF1]).permutation(203) % FOLDS
    losses = []
    for one in range(FOLDS):
        others = np.flatnonzero(fold != one)

        def loss(inverse: float, rows: Ints) -> float:
            return float(-np.mean([log_softmax(inverse * np.log(p[i]))[labels[i]] for i in rows]))

        best = minimize_scalar(loss, args=(others,), bracket=(0.2, 1.0), options={"xtol": 1e-10}).x
        losses += [loss(best, np.array([i])) for i in np.flatnonzero(fold == one)]
    found = nll_parts(p, labels, seed=4)
    assert found.refinement.value == pytest.approx(np.mean(losses), abs=1e-6)
    assert found.calibration.value == pytest.approx(negative_log_likelihood(p, labels) - np.mean(losses), abs=1e-6)
    assert (found.refinement.unit, found.calibration.unit) == ("nats", "nats")


def test_the_parts_are_the_whole() -> None:
    p, labels = drawn(400, 2.5)
    found = nll_parts(p, labels)
    whole = negative_log_likelihood(p, labels)
    assert found.refinement.value + found.calibration.value == pytest.approx(whole, abs=1e-9)


def test_sharpening_moves_calibration_alone_and_noise_refinement() -> None:
    (plain, labels), (sharp, _), (noisy, _) = drawn(2000), drawn(2000, 3.0), drawn(2000, noise=1.5)
    of_plain, of_sharp, of_noisy = (nll_parts(p, labels) for p in (plain, sharp, noisy))
    assert of_sharp.refinement.value == pytest.approx(of_plain.refinement.value, abs=1e-4)
    assert of_sharp.calibration.low > 0.5
    assert of_plain.calibration.low <= 0 <= of_plain.calibration.high < 0.01
    assert of_noisy.refinement.low > of_plain.refinement.high


def test_too_few_images_are_an_error_and_sure_right_ones_have_neither_part() -> None:
    with pytest.raises(TooFewRows, match="5 predictions, and there are 4"):
        nll_parts(*drawn(4))
    found = nll_parts(np.tile([1.0, 0.0], (10, 1)), np.zeros(10, int))
    assert found.refinement.value == pytest.approx(0, abs=1e-12)
    assert found.calibration.value == pytest.approx(0, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("sharper", [1.0, 1.2, 1.7, 3.0])
@pytest.mark.parametrize("n", [50, 200, 1000])
def test_intervals_hold_the_truth_about_as_often_as_they_say(n: int, sharper: float) -> None:
    logits = np.random.default_rng(9).normal(size=(200_000, 6)) * 1.5
    log_p = log_softmax(logits, axis=1)
    refinement = -(np.exp(log_p) * log_p).sum(axis=1).mean()
    calibration = -(np.exp(log_p) * log_softmax(sharper * logits, axis=1)).sum(axis=1).mean() - refinement
    found = [nll_parts(*drawn(n, sharper, seed)) for seed in range(200)]
    held = [one.refinement.low <= refinement <= one.refinement.high for one in found]
    assert np.mean(held) >= 0.91
    held = [one.calibration.low <= calibration + 1e-12 <= one.calibration.high for one in found]
    assert np.mean(held) >= 0.92
    if sharper == 1:
        assert np.mean([one.calibration.low > 0 for one in found]) <= 0.03
