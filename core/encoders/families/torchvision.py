"""`torchvision:MODEL`: image classifiers of torchvision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import Encoder, Options
from ..registry import KnownModel, register

if TYPE_CHECKING:
    from ..weights import Published

SERVER = "https://download.pytorch.org/models/"
KNOWN = (
    KnownModel("resnet18", 512, 224, "resnet18-f37072fd.pth", "small, supervised on ImageNet", "layer1–layer4"),
    KnownModel("resnet50", 2048, 224, "resnet50-11ad3fa6.pth", "supervised on ImageNet", "layer1–layer4"),
)


def published(file: str) -> Published:
    """A file of PyTorch's own server."""
    from ..weights import Published, torch_cache

    return Published(url=SERVER + file, folder=torch_cache())


@register("torchvision", form="torchvision:MODEL", known=KNOWN, published=published)
def load(spec: str, model: str, options: Options) -> Encoder:
    """A torchvision classifier without its last layer. See `load_encoder`."""
    from ..torchvision_family import load as load_network

    return load_network(spec, model, options)
