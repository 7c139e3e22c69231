"""Checkpoints that real trainers keep are taken in, and give the logits of the model that was trained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.conftest import Program

pytestmark = pytest.mark.interop


@pytest.mark.parametrize(
    ("trainer", "net", "version"),
    [
        ("transformers", "vit", "5."), ("transformers", "swin", "5."), ("transformers", "dinov2", "5."),
        ("transformers", "beit", "5."), ("lightning", "plain", "2."), ("loop", "plain", "2."),
        ("loop", "timm_resnet", "2."), ("timm", "timm_resnet", "1."),
    ],
)  # fmt: skip
def test_what_a_trainer_keeps_is_the_model_that_was_trained(
    program: Callable[[str], Program], trainer: str, net: str, version: str
) -> None:
    said = program("trainers").ask("trains.py", trainer, net)
    assert said["version"].startswith(version)
    assert said["kept"] == 4
    assert said["apart"] < 1e-5
