from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import BadInput
from core.training.config import TrainConfig, checkpoint_epochs, learning_rate


@pytest.mark.parametrize("at_most", [1, 2, 6, 10])
def test_checkpoints_hold_the_ends_and_never_more_than_asked(at_most: int) -> None:
    for epochs in range(1, 400):
        kept = checkpoint_epochs(epochs, at_most)
        assert len(kept) == min(epochs, at_most)
        assert list(kept) == sorted(set(kept))
        assert kept[-1] == epochs
        if min(at_most, epochs) >= 6:
            assert kept[:3] == (1, 2, 3)
            assert kept[-3:] == (epochs - 2, epochs - 1, epochs)


def test_checkpoints_between_the_ends_are_evenly_spread() -> None:
    assert checkpoint_epochs(350) == (1, 2, 3, 72, 141, 210, 279, 348, 349, 350)
    assert checkpoint_epochs(12) == (1, 2, 3, 4, 6, 7, 9, 10, 11, 12)


def test_the_papers_steps_fall_at_150_and_250_of_350() -> None:
    config = TrainConfig("resnet8", 350, 32, schedule="steps")
    rates = [learning_rate(config, epoch) for epoch in (1, 150, 151, 250, 251, 350)]
    assert rates == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001, 0.001])


def test_cosine_starts_at_the_top_and_ends_near_zero() -> None:
    config = TrainConfig("resnet8", 10, 32)
    assert learning_rate(config, 1) == 0.1
    assert learning_rate(config, 6) == pytest.approx(0.05)
    assert 0 < learning_rate(config, 10) < 0.003


def test_the_record_names_the_architecture_and_is_json() -> None:
    config = TrainConfig("resnet18", 3, 32, loss="focal", loss_parameters={"gamma": 1.0})
    recorded = json.loads(json.dumps(config.parameters()))
    assert recorded["model"] == "resnet18_cifar"
    assert recorded["crop_pad"] == 4
    assert recorded["loss_parameters"] == {"gamma": 1.0}


@pytest.mark.parametrize(
    "wrong",
    [{"epochs": 0}, {"batch_size": 1}, {"learning_rate": float("nan")}, {"schedule": "linear"}, {"crop_pad": -1}],
)
def test_values_no_run_can_have_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        TrainConfig(**{"model": "resnet8", "epochs": 3, "image_size": 32, **wrong})


def test_checkpoints_of_every_so_many_epochs_are_those_and_the_last() -> None:
    assert TrainConfig("resnet8", 10, 32, checkpoints_every=3).kept_epochs() == (3, 6, 9, 10)
    assert TrainConfig("resnet8", 10, 32, checkpoints_every=5).kept_epochs() == (5, 10)
    assert "checkpoints_every" not in TrainConfig("resnet8", 10, 32).parameters()
    with pytest.raises(BadInput, match="checkpoints_every is 11, of 10 epochs"):
        TrainConfig("resnet8", 10, 32, checkpoints_every=11)
