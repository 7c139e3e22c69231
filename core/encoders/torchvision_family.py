"""Image classifiers of torchvision: `torchvision:MODEL`, `torchvision:MODEL/WEIGHTS` or `torchvision:MODEL@FILE`.

The vector is what goes into the last linear layer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torchvision
from safetensors.torch import load_file
from torch import nn
from torchvision.models import get_model, get_model_weights, list_models

from .network import NetworkEncoder
from .preprocessing import Preprocessing
from .protocol import Encoder, Options
from .registry import split_path, unknown_model
from .weights import Published, local_path, obtain, torch_cache, weights_that_fit


def load(spec: str, model: str, options: Options) -> Encoder:
    """A torchvision classifier without its last layer. See `load_encoder`."""
    name, path = split_path(model)
    architecture, _, tag = name.partition("/")
    known = list_models(module=torchvision.models)
    if architecture not in known:
        raise unknown_model("torchvision", architecture, known)
    published = get_model_weights(architecture)
    if tag and tag not in published.__members__:
        raise unknown_model(f"torchvision's {architecture}", tag, list(published.__members__), "weights")
    chosen = published[tag] if tag else published.DEFAULT
    if path:
        file = local_path(path, spec)
    else:
        file = obtain(Published(url=chosen.url, folder=torch_cache()), spec, download=options.download)
    network = with_weights(architecture, file, spec)
    network.set_submodule(last_linear(network), nn.Identity())
    return NetworkEncoder(spec, network, preprocessing_of(chosen.transforms(), options.image_size), options)


def with_weights(architecture: str, path: Path, spec: str) -> nn.Module:
    """The classifier with a file's weights, strictly loaded, whatever number of classes it was trained for."""
    with weights_that_fit(spec):
        safe = path.suffix == ".safetensors"
        tensors: dict[str, Any] = load_file(path) if safe else torch.load(path, map_location="cpu", weights_only=True)
        tensors = tensors.get("state_dict", tensors)
        head = tensors[f"{last_linear(get_model(architecture, weights=None))}.weight"]
        network: nn.Module = get_model(architecture, weights=None, num_classes=head.shape[0])
        network.load_state_dict(tensors, strict=True)
    return network


def last_linear(network: nn.Module) -> str:
    """The name of the layer that gives the class scores."""
    names = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    return str(names[-1])


def preprocessing_of(transform: Any, image_size: int | None) -> Preprocessing:
    """torchvision's evaluation transform, as ours. Another image size keeps the share that is cropped."""
    (size,), (resize,) = transform.crop_size, transform.resize_size
    wanted = image_size or size
    return Preprocessing(
        size=wanted, resize=round(resize * wanted / size), mean=tuple(transform.mean), sd=tuple(transform.std),
        interpolation=transform.interpolation.value,
    )  # fmt: skip
