"""The encoders worth naming, and whether their weights are at hand. No torch and no model library here.

Dimensions, sizes and places are written down rather than asked of open_clip and timm, whose import takes seconds; a
test holds them against the libraries.
"""

from __future__ import annotations

from .protocol import EncoderInfo
from .registry import EMBEDDED
from .weights import Published, torch_cache

OPEN_CLIP_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
TIMM_FILES = ("model.safetensors", "pytorch_model.bin")
TORCHVISION = "https://download.pytorch.org/models/"

# (spec, dimension, image size, Hugging Face repository or file of download.pytorch.org, note)
CATALOGUE = (
    ("open_clip:ViT-B-32/openai", 512, 224, "timm/vit_base_patch32_clip_224.openai", "the default CLIP; text search"),
    ("open_clip:ViT-B-16/openai", 512, 224, "timm/vit_base_patch16_clip_224.openai", "finer patches, 4 times the cost"),
    ("open_clip:ViT-L-14/openai", 768, 224, "timm/vit_large_patch14_clip_224.openai", "for a GPU"),
    ("open_clip:RN50/openai", 1024, 224, "timm/resnet50_clip.openai", "the paper's ResNet-50 CLIP"),
    ("open_clip:ViT-B-32/laion2b_s34b_b79k", 512, 224, "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "CLIP on open data"),
    ("timm:vit_base_patch16_224.augreg_in21k", 768, 224, "timm/vit_base_patch16_224.augreg_in21k", "the paper's ViT-B"),
    ("timm:vit_base_patch16_224.mae", 768, 224, "timm/vit_base_patch16_224.mae", "the paper's MAE; CC BY-NC 4.0"),
    ("timm:vit_base_patch14_dinov2.lvd142m", 768, 518, "timm/vit_base_patch14_dinov2.lvd142m", "the paper's DINOv2"),
    ("torchvision:resnet18", 512, 224, "resnet18-f37072fd.pth", "small, supervised on ImageNet"),
    ("torchvision:resnet50", 2048, 224, "resnet50-11ad3fa6.pth", "supervised on ImageNet"),
)


def list_encoders() -> list[EncoderInfo]:
    """The embedded encoder and the well-known ones of each family; every other open_clip or timm name works too.

    Looks for files and opens none.
    """
    note = "EfficientNet-Lite0, ImageNet; needs no network"
    found = [EncoderInfo(EMBEDDED, 1280, 224, "bundled", note)]
    for spec, dimension, size, place, text in CATALOGUE:
        at_hand = published(spec, place).find() is not None
        found.append(EncoderInfo(spec, dimension, size, "at hand" if at_hand else "needs download", text))
    return found


def published(spec: str, place: str) -> Published:
    """Where the weights of a line of the catalogue are published."""
    if spec.startswith("torchvision:"):
        return Published(url=TORCHVISION + place, folder=torch_cache())
    return Published(place, OPEN_CLIP_FILES if spec.startswith("open_clip:") else TIMM_FILES)
