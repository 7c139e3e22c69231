"""`timm:MODEL`: image models of timm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import Encoder, Options
from ..registry import KnownModel, register

if TYPE_CHECKING:
    from ..weights import Published

KNOWN = (
    KnownModel(
        "vit_base_patch16_224.augreg_in21k",
        768,
        224,
        "timm/vit_base_patch16_224.augreg_in21k",
        "the paper's ViT-B",
        "0–11",
    ),
    KnownModel(
        "vit_base_patch16_224.mae", 768, 224, "timm/vit_base_patch16_224.mae", "the paper's MAE; CC BY-NC 4.0", "0–11"
    ),
    KnownModel(
        "vit_base_patch14_dinov2.lvd142m",
        768,
        518,
        "timm/vit_base_patch14_dinov2.lvd142m",
        "the paper's DINOv2",
        "0–11",
    ),
)


def published(repository: str) -> Published:
    """Weights of a Hugging Face repository."""
    from ..weights import TIMM_FILES, Published

    return Published(repository, TIMM_FILES)


@register("timm", form="timm:MODEL", known=KNOWN, published=published)
def load(spec: str, model: str, options: Options) -> Encoder:
    """A timm model without its classifier. See `load_encoder`."""
    from ..timm_family import load as load_network

    return load_network(spec, model, options)
