"""The networks Hardlook can train, by name.

`_w8` after a name stands for eight channels in the first stage instead of sixteen.
A name such as `resnet18` means another network at 32 pixels (3×3 stem, no pooling) than at 224 (7×7 stem and
pooling); `precise_name` says which one it is, and that name is what a run records.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ...errors import BadInput
from .cifar_networks import CifarResNet, DenseNetBC, LeNet, WideResNet

SMALL_IMAGE = 64
"""Up to this many pixels a side, torchvision's networks get the CIFAR stem."""

SMALLEST = {"lenet": 12, "densenet121_imagenet": 32}
"""Pixels a side below which nothing is left of an image before the last layer; of other networks 8."""

Builder = Callable[[int, int, int], nn.Module]


def _torchvision_resnet(name: str, *, cifar_stem: bool) -> Builder:
    def build(n_classes: int, image_size: int, in_channels: int) -> nn.Module:
        model: nn.Module = getattr(torchvision.models, name)(weights=None, num_classes=n_classes)
        if cifar_stem:
            model.maxpool = nn.Identity()
        if cifar_stem or in_channels != 3:
            kernel, stride, padding = (3, 1, 1) if cifar_stem else (7, 2, 3)
            stem = nn.Conv2d(in_channels, 64, kernel, stride, padding, bias=False)
            nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")
            model.conv1 = stem
        return model

    return build


def _torchvision_densenet(name: str, *, cifar_stem: bool) -> Builder:
    def build(n_classes: int, image_size: int, in_channels: int) -> nn.Module:
        model: nn.Module = getattr(torchvision.models, name)(weights=None, num_classes=n_classes)
        features = model.get_submodule("features")
        if cifar_stem:
            features.add_module("pool0", nn.Identity())  # in the place of the one there
        if cifar_stem or in_channels != 3:
            kernel, stride, padding = (3, 1, 1) if cifar_stem else (7, 2, 3)
            stem = nn.Conv2d(in_channels, 64, kernel, stride, padding, bias=False)
            nn.init.kaiming_normal_(stem.weight)  # as torchvision draws the one it stands for
            features.add_module("conv0", stem)
        return model

    return build


_OF_TORCHVISION = {
    **dict.fromkeys(("resnet18", "resnet34", "resnet50", "resnet101", "wide_resnet50_2"), _torchvision_resnet),
    "densenet121": _torchvision_densenet,
}

_BUILDERS: dict[str, Builder] = {
    "lenet": lambda k, size, channels: LeNet(k, size, channels),
    "resnet8": lambda k, size, channels: CifarResNet(1, k, channels),
    "resnet8_w8": lambda k, size, channels: CifarResNet(1, k, channels, width=8),
    "resnet14_w8": lambda k, size, channels: CifarResNet(2, k, channels, width=8),
    "resnet14": lambda k, size, channels: CifarResNet(2, k, channels),
    "resnet20": lambda k, size, channels: CifarResNet(3, k, channels),
    "wide_resnet28_10": lambda k, size, channels: WideResNet(28, 10, k, channels),
    "densenet_bc_100_12": lambda k, size, channels: DenseNetBC(100, 12, k, channels),
    **{f"{name}_cifar": made(name, cifar_stem=True) for name, made in _OF_TORCHVISION.items()},
    **{f"{name}_imagenet": made(name, cifar_stem=False) for name, made in _OF_TORCHVISION.items()},
}

MODEL_NAMES: tuple[str, ...] = tuple(sorted({*_BUILDERS, *_OF_TORCHVISION, "densenet_bc"}))
"""Every name that `build_model` takes."""


def precise_name(name: str, image_size: int) -> str:
    """The one architecture a name means at this image size: `resnet18` at 32 pixels is `resnet18_cifar`.

    Raises BadInput, with the names there are, on one that is not.
    """
    if name not in MODEL_NAMES:
        raise BadInput(f"There is no model {name!r}.", f"Pass one of: {', '.join(MODEL_NAMES)}.")
    if name == "densenet_bc":
        return "densenet_bc_100_12"
    if name in _OF_TORCHVISION:
        return f"{name}_cifar" if image_size <= SMALL_IMAGE else f"{name}_imagenet"
    return name


def build_model(name: str, n_classes: int, image_size: int, in_channels: int = 3) -> nn.Module:
    """A network with fresh weights, drawn from torch's global generator.

    It takes (b, in_channels, S, S) to (b, n_classes) logits.
    Raises BadInput on an unknown name, or on images too small for the network.
    """
    precise = precise_name(name, image_size)
    if n_classes < 2:
        raise BadInput(f"A classifier needs two classes or more, and there is {n_classes}.", "Check the labels given.")
    smallest = SMALLEST.get(precise, 8)
    if image_size < smallest:
        raise BadInput(
            f"{precise} needs images of {smallest} pixels a side or more, not {image_size}.",
            "Pass a larger --image-size.",
        )
    return _BUILDERS[precise](n_classes, image_size, in_channels)


def forward_flops(model: nn.Module, image_size: int, in_channels: int = 3) -> int:
    """Floating-point operations of one image's forward pass; a multiply-add counts as two.

    Training costs about three times this per image, an input gradient alone about twice (docs/methods.md, section 6).
    """
    shapes_only = deepcopy(model).to("meta").eval()  # the meta device counts without computing
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        shapes_only(torch.empty(1, in_channels, image_size, image_size, device="meta"))
    return int(counter.get_total_flops())
