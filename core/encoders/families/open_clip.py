"""`open_clip:MODEL/TAG`: contrastive image-and-text models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol import Encoder, Options
from ..registry import KnownModel, register

if TYPE_CHECKING:
    from ..weights import Published

KNOWN = (
    KnownModel(
        "ViT-B-32/openai",
        512,
        224,
        "timm/vit_base_patch32_clip_224.openai",
        "the default CLIP; text search",
        "0–11",
        megabytes=605,
    ),
    KnownModel(
        "ViT-B-16/openai", 512, 224, "timm/vit_base_patch16_clip_224.openai", "finer patches, 4 times the cost", "0–11"
    ),
    KnownModel("ViT-L-14/openai", 768, 224, "timm/vit_large_patch14_clip_224.openai", "for a GPU", "0–23"),
    KnownModel("RN50/openai", 1024, 224, "timm/resnet50_clip.openai", "the paper's ResNet-50 CLIP", "layer1–layer4"),
    KnownModel(
        "ViT-B-32/laion2b_s34b_b79k", 512, 224, "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "CLIP on open data", "0–11"
    ),
)


def published(repository: str) -> Published:
    """Weights of a Hugging Face repository."""
    from ..weights import OPEN_CLIP_FILES, Published

    return Published(repository, OPEN_CLIP_FILES)


@register("open_clip", form="open_clip:MODEL/TAG", known=KNOWN, published=published, reads_text=True)
def load(spec: str, model: str, options: Options) -> Encoder:
    """An image-and-text encoder. See `load_encoder`."""
    from ..open_clip_family import load as load_network

    return load_network(spec, model, options)
