from __future__ import annotations

import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.training.networks.models import MODEL_NAMES, build_model, forward_flops, precise_name

# Parameter counts for ten classes as the papers or the reference implementations give them.
COUNTS = {
    ("lenet", 28): 62_006,  # 61,706 with one input channel; three add 2 x 150
    ("resnet8", 32): 75_290,
    ("resnet20", 32): 269_722,
    ("resnet18", 32): 11_173_962,
    ("resnet34", 32): 21_282_122,
    ("resnet18", 224): 11_181_642,
    ("wide_resnet28_10", 32): 36_479_194,
    ("densenet_bc", 32): 769_162,
}


@pytest.mark.parametrize(("name", "size"), COUNTS)
def test_parameter_counts_are_the_published_ones(name: str, size: int) -> None:
    with torch.device("meta"):
        model = build_model(name, 10, size)
    assert sum(parameter.numel() for parameter in model.parameters()) == COUNTS[name, size]


@pytest.mark.parametrize("name", sorted({precise_name(name, size) for name in MODEL_NAMES for size in (32, 96)}))
@pytest.mark.parametrize("size", [28, 96])
def test_every_network_maps_images_to_logits(name: str, size: int) -> None:
    with torch.device("meta"):
        model = build_model(name, 7, size)
        assert model(torch.empty(2, 3, size, size)).shape == (2, 7)


def test_resnet8_has_eight_layers_with_weights() -> None:
    layers = [m for m in build_model("resnet8", 10, 32).modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == 8


def test_a_short_name_means_the_small_stem_up_to_64_pixels() -> None:
    assert precise_name("resnet18", 64) == "resnet18_cifar"
    assert precise_name("resnet18", 65) == "resnet18_imagenet"
    assert precise_name("resnet18_imagenet", 32) == "resnet18_imagenet"
    assert precise_name("densenet_bc", 32) == "densenet_bc_100_12"


def test_flops_of_one_convolution_are_two_per_multiply_add() -> None:
    # 8 x 8 outputs x 5 channels, each a sum over 3 x 3 x 3 products.
    assert forward_flops(nn.Conv2d(3, 5, 3, padding=1), 8) == 2 * 64 * 5 * 27


def test_flops_of_cifar_resnet18_are_the_known_0_56_giga_multiply_adds() -> None:
    with torch.device("meta"):
        model = build_model("resnet18", 10, 32)
    assert forward_flops(model, 32) / 2 == pytest.approx(0.5555e9, rel=1e-3)


def test_counting_flops_leaves_the_network_alone() -> None:
    model = build_model("resnet8", 10, 16).train()
    forward_flops(model, 16)
    assert model.training
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}


def test_the_same_generator_state_gives_the_same_weights() -> None:
    def weights() -> torch.Tensor:
        torch.manual_seed(3)
        return torch.cat([parameter.flatten() for parameter in build_model("resnet8", 10, 16).parameters()])

    assert torch.equal(weights(), weights())


def test_unknown_names_small_images_and_one_class_are_refused() -> None:
    with pytest.raises(BadInput, match=r"'resnet9'.*resnet8"):
        build_model("resnet9", 10, 32)
    with pytest.raises(BadInput, match="12 pixels"):
        build_model("lenet", 10, 8)
    with pytest.raises(BadInput, match="two classes"):
        build_model("resnet8", 1, 32)
