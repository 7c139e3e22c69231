from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.training.batches import Batches
from core.training.checkpoints import Reordered
from core.training.networks.models import build_model
from core.training.pixels import Normalisation
from core.training.predict import predict
from core.training.readouts.penultimate import penultimate_features


def batches(n: int = 10, size: int = 12) -> Batches:
    pixels = np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)
    return Batches(pixels, Normalisation((0.5,) * 3, (0.25,) * 3), torch.device("cpu"))


@pytest.mark.parametrize(("name", "d"), [("lenet", 84), ("resnet8_w8", 32)])
def test_the_last_layer_makes_the_logits_of_the_features(name: str, d: int) -> None:
    torch.manual_seed(0)
    model = build_model(name, 4, 12)
    data = batches()
    features = penultimate_features(model, data)
    assert features.shape == (10, d)
    last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    expected = features @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    np.testing.assert_allclose(predict(model, data), expected, rtol=1e-4, atol=1e-5)


def test_a_network_kept_from_a_class_has_the_same_features() -> None:
    model = build_model("lenet", 3, 12)
    data = batches()
    np.testing.assert_array_equal(
        penultimate_features(Reordered(model, (0, -1, 1, 2)), data), penultimate_features(model, data)
    )


@pytest.mark.parametrize("training", [False, True])
def test_the_network_is_left_as_it_was(training: bool) -> None:
    model, data = build_model("lenet", 3, 12).train(training), batches()
    some = penultimate_features(model, data, np.array([3, 7]))
    np.testing.assert_allclose(some, penultimate_features(model, data)[[3, 7]], rtol=1e-5, atol=1e-6)
    assert {module.training for module in model.modules()} == {training}
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_a_network_without_a_linear_layer_is_refused() -> None:
    with pytest.raises(BadInput, match="no linear layer"):
        penultimate_features(nn.Sequential(nn.Conv2d(3, 2, 12), nn.Flatten()), batches())
