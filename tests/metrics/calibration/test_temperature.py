"""Temperature scaling: against a search by torch and a grid, from probabilities alone, with an interval that holds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import TooFewRows
from core.metrics.calibration.temperature import COLDEST, HOTTEST, fit_temperature, fitting_half, scaled_probabilities
from core.types import Floats, Ints


def overconfident(n: int, temperature: float, seed: int = 0, k: int = 6) -> tuple[Floats, Ints, Floats]:
    """Probabilities too sharp by `temperature`, labels, logits."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, k)) * 1.5
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    sharp = logits * temperature
    p = np.exp(sharp) / np.exp(sharp).sum(axis=1, keepdims=True)
    return p.astype(np.float32), labels, sharp


def test_two_images_worked_by_hand() -> None:
    # Odds 9:1 said twice, right once: the best is even odds, T without bound. Said four times, right three times: the
    # best odds are 3:1, so ln 9 / T = ln 3 and T = 2.
    p = np.tile([0.9, 0.1], (4, 1))
    assert fit_temperature(p[:2], np.array([0, 1])).value == pytest.approx(HOTTEST, rel=0.01)
    assert fit_temperature(p, np.array([0, 0, 0, 1])).value == pytest.approx(2.0, rel=1e-4)
    # Right every time: the colder the better, until 0.9 and 0.1 are 1 and 0 in float64, from T = 0.06 down.
    assert COLDEST <= fit_temperature(p, np.zeros(4, int)).value < 0.07


def test_it_is_the_optimum_that_torch_finds_from_the_logits() -> None:
    p, labels, logits = overconfident(800, 2.0)
    z, y, inverse = torch.tensor(logits), torch.tensor(labels), torch.ones((), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([inverse], max_iter=100, tolerance_grad=1e-10)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(z * inverse, y)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    assert fit_temperature(p, labels).value == pytest.approx(1 / float(inverse.detach()), rel=1e-3)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(60):
        p, labels, _ = overconfident(300, 1.7, seed)
        found = fit_temperature(p, labels, n=200)
        held += found.low <= 1.7 <= found.high
    assert held >= 51  # 57 of 60 are expected


def test_scaling_keeps_the_order_and_sums_to_one() -> None:
    p, _, logits = overconfident(50, 3.0)
    scaled = scaled_probabilities(p, 3.0)
    np.testing.assert_allclose(scaled.sum(axis=1), 1)
    assert (scaled.argmax(axis=1) == p.argmax(axis=1)).all()
    expected = np.exp(logits / 3) / np.exp(logits / 3).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scaled, expected, atol=1e-5)


def test_a_probability_of_nought_costs_much_but_not_everything() -> None:
    found = fit_temperature(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], np.float32), np.array([0, 1, 1]))
    assert COLDEST <= found.value <= HOTTEST
    assert np.isfinite([found.low, found.high]).all()


def test_the_half_that_is_fitted_on_is_seeded() -> None:
    half = fitting_half(101, 3)
    assert half.sum() == 50
    assert (half == fitting_half(101, 3)).all()
    assert (half != fitting_half(101, 4)).any()


def test_nothing_to_fit_on_is_an_error() -> None:
    with pytest.raises(TooFewRows, match="no prediction"):
        fit_temperature(np.empty((0, 3)), np.array([], int))
