"""Any picture as 8-bit RGB, the way a person would see it."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ..errors import BadInput

_ORIENTATION = 0x0112  # EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}
"""EXIF orientations that exchange width and height."""

CHANNELS = (1, 3, 4)
"""Channel counts an array of pixels may have: grey, RGB, RGB with alpha."""


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 (upright) where there is none or the EXIF block cannot be read."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except (SyntaxError, ValueError, KeyError, TypeError, struct.error, OSError):
        return 1  # the pixels are good; a broken EXIF block only leaves us without a word on which way is up
    return found if found in _UPRIGHT else 1


def to_rgb(image: Image.Image) -> Image.Image:
    """`image` as RGB: upright by its EXIF, first frame, transparency over white, deep grey scaled to 8 bits.

    I;16 covers 0..65535. I and F declare no range: the first of 0..1 (F only), 0..255 and 0..65535 that holds
    all values is taken, else their own minimum to maximum. CMYK is converted by Pillow's plain formula (its JPEG
    reader has undone Adobe's inversion already); embedded colour profiles are ignored, as the encoders'
    training pipelines do.
    """
    if image.tell() != 0:
        image.seek(0)
    image.load()
    turn = _UPRIGHT.get(orientation(image))
    if image.mode.startswith("I") or image.mode == "F":
        image = Image.fromarray(_deep_grey(np.asarray(image), image.mode))
    elif image.mode == "LAB":
        image = _from_lab(image)
    elif image.has_transparency_data:
        front = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", front.size, "white"), front)
    rgb = image.convert("RGB")
    if turn is not None:
        rgb = rgb.transpose(turn)
    rgb.info = {}  # or the orientation it carries would turn it again
    return rgb


def from_array(pixels: NDArray[Any]) -> Image.Image:
    """One image of an array file: (H, W), (H, W, C) or (C, H, W) with C of 1, 3 or 4.

    bool; uint8; other integers in 0..255; uint16 over its full range; floats in 0..1. Where both the first and
    the last axis could be channels, the last is. Raises BadInput on other shapes and ranges.
    """
    if pixels.ndim == 3 and pixels.shape[-1] not in CHANNELS and pixels.shape[0] in CHANNELS:
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.size == 0 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[-1] not in CHANNELS):
        raise BadInput(f"An array of shape {pixels.shape} is not an image.", "Give (H, W), (H, W, C) or (C, H, W).")
    return Image.fromarray(np.ascontiguousarray(_to_uint8(pixels)))


def _to_uint8(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * 255
    if pixels.dtype == np.uint16:
        return np.rint(pixels / 257).astype(np.uint8)
    if pixels.dtype.kind not in "iuf":
        raise BadInput(f"Pixels of type {pixels.dtype} are not understood.", "Give uint8, or floats in 0..1.")
    low, high = float(pixels.min()), float(pixels.max())
    top = 1.0 if pixels.dtype.kind == "f" else 255.0
    if not (low >= 0 and high <= top):  # written so that NaN fails too
        raise BadInput(f"Pixels run from {low:.4g} to {high:.4g}.", "Give uint8 in 0..255, or floats in 0..1.")
    return np.rint(pixels * (255.0 / top)).astype(np.uint8)


def _deep_grey(values: NDArray[Any], mode: str) -> NDArray[np.uint8]:
    """(H, W) of a mode deeper than 8 bits, scaled to 0..255."""
    grey = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(grey.min()), float(grey.max())
    if mode.startswith("I;16"):
        top = 65535.0
    elif low >= 0 and high <= 65535:
        top = next(top for top in ((1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)) if high <= top)
    else:
        grey, top = grey - low, (high - low) or 1.0
    return np.rint(grey * (255.0 / top)).astype(np.uint8)


def _from_lab(image: Image.Image) -> Image.Image:
    """CIELAB through littleCMS; Pillow's own `convert` does not know it."""
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
    if converted is None:
        raise BadInput("A CIELAB image could not be converted.", "Save it as PNG and ingest again.")
    return converted
