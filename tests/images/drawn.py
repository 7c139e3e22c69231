"""Images drawn by Pillow, as files and back, and the colour that a pixel comes out as."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from core.images.pixels import to_rgb
from tests.images.encoders import saved


def reopened(image: Image.Image, kind: str = "PNG", **options: Any) -> Image.Image:
    return Image.open(BytesIO(saved(image, kind, **options)))


def pixel(image: Image.Image, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    found = to_rgb(image).getpixel(at)
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)
