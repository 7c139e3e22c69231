"""Parity with the transforms that the models were trained and published with: equal to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from timm.data.transforms_factory import create_transform
from torchvision.models import ResNet18_Weights, ResNet50_Weights

from core.encoders.preprocessing import Preprocessing
from core.encoders.torchvision_family import preprocessing_of
from core.errors import BadInput

MEAN, SD = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)
SHAPES = [(28, 28), (32, 40), (128, 96), (333, 500), (501, 223), (7, 90), (64, 64), (1, 1)]


def image(width: int, height: int) -> Image.Image:
    rng = np.random.default_rng(width * 1000 + height)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def normalised(ours: Preprocessing, picture: Image.Image) -> torch.Tensor:
    pixels = torch.from_numpy(ours(picture)).permute(2, 0, 1).float() / 255
    return (pixels - torch.tensor(ours.mean).view(3, 1, 1)) / torch.tensor(ours.sd).view(3, 1, 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
def test_equals_open_clip(shape: tuple[int, int], mode: Any) -> None:
    theirs = open_clip.image_transform((64, 64), is_train=False, mean=MEAN, std=SD, resize_mode=mode, fill_color=9)
    fill = (9, 9, 9) if mode == "longest" else (0, 0, 0)
    ours = Preprocessing(size=64, resize=64, mean=MEAN, sd=SD, mode=mode, fill=fill)
    if mode == "longest" and shape == (7, 90):
        assert round(7 * 64 / 90) == 5  # padded on both sides
    torch.testing.assert_close(normalised(ours, image(*shape)), theirs(image(*shape)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("crop", "mode"), [("center", "shortest"), ("squash", "squash"), ("border", "longest")])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_equals_timm(shape: tuple[int, int], crop: str, mode: Any, interpolation: str) -> None:
    theirs = create_transform(
        (3, 64, 64), interpolation=interpolation, mean=MEAN, std=SD, crop_pct=0.875, crop_mode=crop
    )
    fill = tuple(round(255 * part) for part in MEAN) if crop == "border" else (0, 0, 0)
    ours = Preprocessing(size=64, resize=73, mean=MEAN, sd=SD, mode=mode, interpolation=interpolation, fill=fill)  # type: ignore[arg-type]
    torch.testing.assert_close(normalised(ours, image(*shape)), theirs(image(*shape)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weights", [ResNet18_Weights.IMAGENET1K_V1, ResNet50_Weights.IMAGENET1K_V2])
def test_equals_torchvision(shape: tuple[int, int], weights: Any) -> None:
    theirs = weights.transforms()
    ours = preprocessing_of(theirs, None)
    torch.testing.assert_close(normalised(ours, image(*shape)), theirs(image(*shape)), rtol=0, atol=1e-6)


def test_another_size_keeps_the_share_that_is_cropped() -> None:
    smaller = preprocessing_of(ResNet18_Weights.IMAGENET1K_V1.transforms(), 112)
    assert (smaller.size, smaller.resize) == (112, 128)


@pytest.mark.parametrize("size", [0, 7, 5000])
def test_sizes_that_no_network_sees_are_refused(size: int) -> None:
    with pytest.raises(BadInput, match=f"image size of {size} pixels"):
        Preprocessing(size=size, resize=size, mean=MEAN, sd=SD)


def test_result_is_writable_and_does_not_share_the_images_memory() -> None:
    picture = image(64, 64)
    pixels = Preprocessing(size=64, resize=64, mean=MEAN, sd=SD)(picture)
    pixels[:] = 0
    assert np.asarray(picture).any()
