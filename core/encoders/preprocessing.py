"""Resizing and cropping an image the way a network was trained to see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from ..errors import BadInput
from ..images.rgb import central
from .protocol import Pixels

Mode = Literal["shortest", "longest", "squash"]
RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SMALLEST_SIDE, LARGEST_SIDE = 8, 4096


def refuse_size(side: int) -> None:
    """Raise BadInput on a side, in pixels, that no encoder is given."""
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        raise BadInput(
            f"An image size of {side} pixels cannot be used.",
            f"Pass an --image-size from {SMALLEST_SIDE} to {LARGEST_SIDE}; 224 is usual.",
        )


@dataclass(frozen=True)
class Preprocessing:
    """Everything between an RGB image and a network's input.

    size: S, the side of the square the network sees. resize: the side before cropping to S.
    mode: "shortest" scales the shorter side to `resize` and cuts the centre, "longest" scales the longer side and
    pads with `fill`, "squash" ignores the aspect ratio. mean, sd: per channel, of pixels in 0..1.
    Pillow's filters are antialiased when shrinking, as the reference pipelines' are on Pillow images.
    """

    size: int
    mean: tuple[float, float, float]
    sd: tuple[float, float, float]
    resize: int
    interpolation: str = "bicubic"
    mode: Mode = "shortest"
    fill: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        if self.interpolation not in RESAMPLING:
            raise BadInput(f"Interpolation {self.interpolation!r} is none of {', '.join(RESAMPLING)}.")
        refuse_size(self.size)

    def __call__(self, image: Image.Image) -> Pixels:
        """RGB image -> (S, S, 3) uint8."""
        if self.mode == "shortest":
            image = central(image)
        fitted = self._resized(image)
        width, height = fitted.size
        if (width, height) != (self.size, self.size):
            left, top = _start(width, self.size), _start(height, self.size)
            # Pillow fills what lies outside the image with black; other fills need a canvas.
            box = (left, top, left + self.size, top + self.size)
            fitted = fitted.crop(box) if not any(self.fill) else self._padded(fitted, left, top)
        return np.array(fitted)  # a copy: a view of Pillow's memory would be read-only

    def _resized(self, image: Image.Image) -> Image.Image:
        width, height = image.size
        if self.mode == "squash":
            target = (self.resize, self.resize)
        elif self.mode == "longest":
            ratio = max(width, height) / self.resize
            target = (round(width / ratio), round(height / ratio))
        else:
            # The longer side is truncated, not rounded: what torchvision's Resize does.
            shorter = min(width, height)
            target = (int(self.resize * width / shorter), int(self.resize * height / shorter))
        target = (max(target[0], 1), max(target[1], 1))
        return image if target == image.size else image.resize(target, RESAMPLING[self.interpolation])

    def _padded(self, image: Image.Image, left: int, top: int) -> Image.Image:
        canvas = Image.new("RGB", (self.size, self.size), self.fill)
        canvas.paste(image, (-left, -top))
        return canvas


def _start(length: int, size: int) -> int:
    """Where a centred window of `size` begins; negative where the image is shorter and has to be padded."""
    return round((length - size) / 2) if length >= size else -((size - length) // 2)
