from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import BadInput, TooFewRows
from core.training import losses
from core.training.objective import LOSS_NAMES, make_objective
from core.training.weights import difficulty_range, difficulty_weights

B, K = 5, 4
GENERATOR = torch.Generator().manual_seed(0)
LOGITS = torch.randn(B, K, dtype=torch.float64, generator=GENERATOR) * 2
LABELS = torch.tensor([0, 3, 1, 1, 2])
PER_IMAGE = torch.tensor([0.1, 0.9, 0.5, 0.5, 0.0], dtype=torch.float64)


def softmax(row: list[float]) -> list[float]:
    top = max(row)
    powers = [math.exp(value - top) for value in row]
    return [power / sum(powers) for power in powers]


def plain(name: str, logits: Tensor, labels: Tensor, value: Tensor) -> float:
    """Each loss written out, one image after the other, as docs/methods.md, section 2, has it."""
    rows, total = logits.tolist(), 0.0
    b = len(rows)
    for i, (row, y) in enumerate(zip(rows, labels.tolist(), strict=True)):
        p = softmax(row)
        ce = -math.log(p[y])
        h = -sum(q * math.log(q) for q in p)
        if name == "label_smoothing":
            target = [0.05 / K + 0.95 * (j == y) for j in range(K)]
            total += -sum(t * math.log(q) for t, q in zip(target, p, strict=True))
        elif name == "focal":
            total += (1 - p[y]) ** 2 * ce
        elif name == "l1_logits":
            total += ce + 0.01 * sum(map(abs, row)) / K
        elif name == "entropy_regularisation":
            total += ce - 0.1 * h
        elif name == "poly1":
            total += ce + (1 - p[y])
        elif name == "difficulty_aware_entropy":
            total += ce - 0.3 * value[i].item() * h
        elif name == "crl":
            after = (i + 1) % b
            dc = value[i].item() - value[after].item()
            dk = max(p) - max(softmax(rows[after]))
            total += ce + max(0.0, abs(dc) - (dc > 0) * dk + (dc < 0) * dk)
        else:
            total += ce
    return total / b


def bound(name: str) -> Callable[[Tensor], Tensor]:
    objective = make_objective(name, {})
    values = () if objective.per_image is None else (PER_IMAGE,)
    return lambda logits: objective.function(logits, LABELS, *values)


@pytest.mark.parametrize("name", LOSS_NAMES)
def test_every_loss_equals_its_formula_written_as_a_loop(name: str) -> None:
    assert float(bound(name)(LOGITS)) == pytest.approx(plain(name, LOGITS, LABELS, PER_IMAGE), rel=1e-12)


@pytest.mark.parametrize("name", LOSS_NAMES)
def test_every_gradient_passes_gradcheck(name: str) -> None:
    assert torch.autograd.gradcheck(bound(name), (LOGITS.clone().requires_grad_(),))


@pytest.mark.parametrize("name", LOSS_NAMES)
def test_sure_and_wrong_predictions_give_finite_losses_and_gradients_in_float32(name: str) -> None:
    logits = torch.tensor([[90.0, -90.0, 0.0, 0.0]] * B, requires_grad=True)
    objective = make_objective(name, {})
    loss = objective(logits, LABELS, None if objective.per_image is None else PER_IMAGE.float())
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(loss)
    assert torch.isfinite(gradient).all()


def test_worked_by_hand_on_an_even_prediction() -> None:
    # Two classes, equal logits: p = 1/2, cross-entropy = entropy = log 2. With s = 1 and alpha = 0.3: 0.7 log 2.
    logits, labels = torch.zeros(1, 2), torch.tensor([1])
    assert float(losses.difficulty_aware_entropy_loss(logits, labels, torch.ones(1), 0.3)) == pytest.approx(
        0.7 * math.log(2)
    )
    assert float(losses.focal(logits, labels, 2.0)) == pytest.approx(0.25 * math.log(2))
    assert float(losses.poly1(logits, labels, 1.0)) == pytest.approx(math.log(2) + 0.5)


def test_equal_weights_are_plain_entropy_regularisation() -> None:
    ours = losses.difficulty_aware_entropy_loss(LOGITS, LABELS, torch.full((B,), 0.25, dtype=torch.float64), 0.4)
    assert float(ours) == pytest.approx(float(losses.entropy_regularisation(LOGITS, LABELS, 0.1)))


def test_an_unknown_loss_or_parameter_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="'hinge'"):
        make_objective("hinge", {})
    with pytest.raises(BadInput, match="gama"):
        make_objective("focal", {"gama": 1.0})


def test_weights_worked_by_hand() -> None:
    # r = 0, 1/2, 1 after min-max over three values; T = 1/2, c = 1: exp(0, 1, 2) / (e^2 + 1). The percentile clip
    # moves the ends by a thousandth of the range, which cancels in the rescaling.
    expected = np.exp([0.0, 1.0, 2.0]) / (np.exp(2.0) + 1)
    np.testing.assert_allclose(difficulty_weights(np.array([-3.0, 1.0, 5.0]), 0.5, 1.0), expected, rtol=1e-12)


def test_minmax_weights_of_many_values_lie_in_the_middle_of_the_range() -> None:
    weights = difficulty_weights(np.random.default_rng(0).normal(size=10_000))
    assert weights.min() > 0.23  # exp(-1/0.7) = 0.24
    assert weights.max() < 1
    assert 0.3 < weights.mean() < 0.7


@pytest.mark.parametrize("normalise", ["minmax", "rank", "raw"])
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_weights_never_overflow_and_keep_the_order(normalise: Any, scale: float) -> None:
    difficulty = np.random.default_rng(0).normal(size=500) * scale
    weights = difficulty_weights(difficulty, normalise=normalise)
    assert np.isfinite(weights).all()
    assert (weights >= 0).all()
    assert (weights <= 1).all()  # the largest raw one is 1 to rounding
    assert (np.diff(weights[np.argsort(difficulty)]) >= 0).all()


def test_raw_weights_follow_equation_10_as_printed() -> None:
    r = np.array([-2.0, 0.0, 1.5])
    expected = np.exp(r / 0.7) / (np.exp(1.5 / 0.7) + 1e-3)
    np.testing.assert_allclose(difficulty_weights(r, normalise="raw"), expected, rtol=1e-12)


def test_raw_weights_of_very_negative_difficulty_are_small_and_not_nan() -> None:
    # max exp(r/T) = e^-1000 is nothing beside c: every weight is 0 to rounding.
    assert difficulty_weights(np.array([-700.0, -800.0]), normalise="raw").tolist() == [0.0, 0.0]


def test_ranks_share_ties() -> None:
    weights = difficulty_weights(np.array([1.0, 2.0, 2.0, 9.0]), normalise="rank")
    np.testing.assert_allclose(np.log(weights) * 0.7 - np.log(weights[0]) * 0.7, [0, 0.5, 0.5, 1.0])


def test_one_extreme_value_does_not_flatten_the_others() -> None:
    difficulty = np.append(np.linspace(0, 1, 5000), 1e9)
    assert difficulty_weights(difficulty)[4000] > 0.75


def test_equal_difficulties_get_equal_weights() -> None:
    for normalise in ("minmax", "rank", "raw"):
        assert np.ptp(difficulty_weights(np.full(4, 3.0), normalise=normalise)) == 0


def test_weights_refuse_what_has_no_difficulty() -> None:
    with pytest.raises(BadInput, match="1 of 2"):
        difficulty_weights(np.array([1.0, np.nan]))
    with pytest.raises(BadInput, match="temperature 0"):
        difficulty_weights(np.array([1.0, 2.0]), temperature=0)
    with pytest.raises(TooFewRows):
        difficulty_range(np.array([np.nan]))
