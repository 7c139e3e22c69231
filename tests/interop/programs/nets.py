"""Tiny networks of three classes on 16×16 pixels, with random weights: what the trainers are asked to train."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import Tensor, nn

SMALL = {"image_size": 16, "num_labels": 3}
PLAIN = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 8}


class Logits(nn.Module):
    """A model of transformers as a function of pixels to logits."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor) -> Any:
        return self.model(pixel_values=pixel_values).logits


def of_transformers(name: str) -> nn.Module:
    """A model of transformers by the name of its family."""
    import transformers

    configs = {
        "vit": lambda: transformers.ViTConfig(intermediate_size=16, **PLAIN, **SMALL),
        "swin": lambda: transformers.SwinConfig(
            embed_dim=8, depths=[1, 1], num_heads=[1, 2], window_size=2, patch_size=2, **SMALL
        ),
        "dinov2": lambda: transformers.Dinov2Config(mlp_ratio=1, **PLAIN, **SMALL),
        "beit": lambda: transformers.BeitConfig(intermediate_size=16, **PLAIN, **SMALL),
    }
    model: nn.Module = transformers.AutoModelForImageClassification.from_config(configs[name]())
    return model


def vit() -> nn.Module:
    return Logits(of_transformers("vit"))


def swin() -> nn.Module:
    return Logits(of_transformers("swin"))


def dinov2() -> nn.Module:
    return Logits(of_transformers("dinov2"))


def beit() -> nn.Module:
    return Logits(of_transformers("beit"))


def plain() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))


def timm_resnet() -> nn.Module:
    model: nn.Module = timm.create_model("resnet10t", pretrained=False, num_classes=3)
    return model


def images() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(12, 3, 16, 16, generator=generator), torch.arange(12) % 3
