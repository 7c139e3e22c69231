from __future__ import annotations

import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.training.fold import ready_for_gradients
from core.training.networks.models import MODEL_NAMES, SMALLEST, build_model, forward_flops, precise_name

# Parameter counts for ten classes as the papers or the reference implementations give them.
COUNTS = {
    ("lenet", 28): 62_006,  # 61,706 with one input channel; three add 2 x 150
    ("resnet8", 32): 75_290,
    ("resnet20", 32): 269_722,
    ("resnet18", 32): 11_173_962,
    ("resnet34", 32): 21_282_122,
    ("resnet18", 224): 11_181_642,
    ("resnet101", 224): 42_520_650,  # the published count of 1,000 classes, less 990 of their weights and biases
    ("wide_resnet50_2", 224): 66_854_730,
    ("densenet121", 224): 6_964_106,
    ("resnet101", 32): 42_512_970,  # less 7,680 of the stem
    ("wide_resnet50_2", 32): 66_847_050,
    ("densenet121", 32): 6_956_426,
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
    size = max(size, SMALLEST.get(name, 8))
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


@pytest.mark.parametrize("name", ["resnet101", "wide_resnet50_2", "densenet121"])
def test_the_networks_of_the_paper_s_comparison_see_small_images_without_halving_them_first(name: str) -> None:
    with torch.device("meta"):
        small, large = (build_model(name, 10, size) for size in (32, 224))
        for model, side in ((small, 4), (large, 1)):
            shapes: list[torch.Size] = []
            last = model.get_submodule("features" if name == "densenet121" else "layer4")
            last.register_forward_hook(lambda _, __, out, shapes=shapes: shapes.append(out.shape))
            model.eval()(torch.empty(1, 3, 32, 32))
            assert shapes[0][-1] == side
    assert precise_name(name, 32) == f"{name}_cifar"
    assert precise_name(name, 224) == f"{name}_imagenet"


@pytest.mark.parametrize("name", ["resnet101", "wide_resnet50_2", "densenet121"])
def test_an_image_has_its_gradient_whatever_else_is_in_the_batch(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(name, 3, 8).eval()
    ready = ready_for_gradients(model)
    images = torch.randn(2, 3, 8, 8)

    def gradient(network: nn.Module, batch: torch.Tensor) -> torch.Tensor:
        batch = batch.clone().requires_grad_()
        (found,) = torch.autograd.grad(network(batch)[:, 0].sum(), batch)
        return found

    alone, together = gradient(ready, images[:1]), gradient(ready, images)[:1]
    assert torch.allclose(alone, together, rtol=1e-3, atol=1e-3 * float(alone.abs().max()))
    plain = gradient(model, images[:1])
    assert torch.allclose(alone, plain, rtol=1e-3, atol=1e-3 * float(plain.abs().max()))


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
    with pytest.raises(BadInput, match="32 pixels"):
        build_model("densenet121_imagenet", 10, 31)
    with pytest.raises(BadInput, match="two classes"):
        build_model("resnet8", 1, 32)
