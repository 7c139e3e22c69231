"""The toy experiment: its network is linear, its distance right, its rows what was planted."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.pipeline.evaluation.vog_checks.blobs import EPOCHS, STAGES, Toy, distance_to_boundary, toy, trained
from core.pipeline.evaluation.vog_checks.toy import toy_experiment, toy_rows
from core.store.audit import Audit
from core.store.metrics import TOY_BY_DISTANCE, TOY_CORRELATION
from core.types import Floats
from tests.pictures import Heard


def test_the_distance_worked_by_hand() -> None:
    # Logits 0 and 3x + 4y - 10: undecided on 3x + 4y = 10, whose normal has length 5. (0, 0): 2; (2, 1): 0; (6, 3): 4.
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
        layer.bias.copy_(torch.tensor([0.0, -10.0]))
    found = distance_to_boundary(nn.Sequential(nn.Flatten(), layer), np.array([[0.0, 0.0], [2.0, 1.0], [6.0, 3.0]]))
    np.testing.assert_allclose(found, [2, 0, 4], atol=1e-6)


def test_vog_of_a_stage_is_the_deviation_of_gradients_computed_one_point_at_a_time() -> None:
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.randn(40, 1, 1, 2, generator=generator), torch.arange(40) % 2
    epochs = trained(images, labels, seed=3)
    assert len(epochs) == EPOCHS
    from core.training.gradients import spread_of_batch

    found = spread_of_batch(epochs, images, labels, ("probability",), STAGES).values["probability_middle"]
    for i in (0, 7, 39):
        gradients = []
        for network in [epochs[at] for at in STAGES["middle"]]:
            point = (
                images[i : i + 1].clone().requires_grad_()
            )  # a fresh input each time: nothing is left in its gradient
            network(point).softmax(dim=1)[0, labels[i]].backward()
            assert point.grad is not None
            gradients.append(point.grad.numpy().ravel())
        assert found[i] == pytest.approx(np.std(gradients, axis=0).mean(), rel=1e-4)


def planted(near: bool, seed: int) -> Toy:
    """VoG that is highest at the boundary late in training, or has nothing to do with it."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(0, 5, 500)
    noise: dict[str, Floats] = {stage: rng.uniform(1, 2, 500) for stage in STAGES}
    return Toy({**noise, "late": np.exp(-distance)} if near else noise, distance)


@pytest.mark.parametrize("near", [True, False])
def test_a_planted_boundary_is_found_and_none_where_there_is_none(near: bool) -> None:
    rows = {(row.name, row.slice): row.estimate for row in toy_rows([planted(near, seed) for seed in range(8)])}
    late = rows[TOY_CORRELATION, "late"]
    assert late.n == 8
    if near:
        assert late.value == pytest.approx(-1)
        assert rows[TOY_BY_DISTANCE, "late, decile 1"].value > 3 > 1 > rows[TOY_BY_DISTANCE, "late, decile 10"].value
    else:
        assert late.low < 0 < late.high
        assert rows[TOY_BY_DISTANCE, "late, decile 1"].low < 1 < rows[TOY_BY_DISTANCE, "late, decile 1"].high
    assert np.mean([rows[TOY_BY_DISTANCE, f"early, decile {i}"].value for i in range(1, 11)]) == pytest.approx(1)


def test_it_is_one_run_that_is_computed_once(seeded: Audit) -> None:
    assert toy_experiment(seeded, Heard(), seeds=2).new
    assert not toy_experiment(seeded, Heard(), seeds=2).new
    assert np.array_equal(toy(1).distance, toy(1).distance)
