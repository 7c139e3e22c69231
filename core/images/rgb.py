"""Any picture as 8-bit RGB, the way a person would see it."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ..errors import BadInput
from .ranges import BYTE, PixelRange, Samples, levels_of, own_range, to_bytes

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
        stored = image.getexif().get(_ORIENTATION, 1)
    except (SyntaxError, ValueError, KeyError, TypeError, struct.error, OSError):
        return 1  # the pixels are good; a broken EXIF block only leaves us without a word on which way is up
    return stored if stored in _UPRIGHT else 1


def to_rgb(image: Image.Image, shown: PixelRange | None = None, shrink: int = 1) -> Image.Image:
    """`image` as RGB: upright by its EXIF, first frame, transparency over white, deep grey scaled to 8 bits.

    shown: which stored values are black and white; without it 8 bits are as they are, and deeper grey goes by
    `own_range`. shrink: a whole factor by which both sides are averaged down, strip by strip, so that an image of
    hundreds of megapixels is never in memory twice. CMYK is converted by Pillow's plain formula (its JPEG reader has
    undone Adobe's inversion already); embedded colour profiles are ignored, as the encoders' training pipelines do.
    """
    if image.tell() != 0:
        image.seek(0)
    image.load()
    turn = orientation(image)
    deep = deep_grey(image)
    if deep is not None:
        return samples_to_rgb(deep, shown, shrink)
    rgb = _plain(image) if shrink == 1 else _shrunk(image, shrink)
    if shown is not None and shown != BYTE:
        rgb = rgb.point(to_bytes(np.arange(256, dtype=np.uint8), shown).tolist() * 3)
    return _upright(rgb, turn)


def deep_grey(image: Image.Image) -> Samples | None:
    """The values of an image whose Pillow mode is deeper than 8 bits, None for the other modes."""
    if not (image.mode.startswith("I") or image.mode == "F"):
        return None
    return Samples(np.asarray(image), orientation=orientation(image), mode=image.mode)


def samples_to_rgb(samples: Samples, shown: PixelRange | None = None, shrink: int = 1) -> Image.Image:
    """Decoded samples as RGB, like `to_rgb`. Raises BadInput where no value is a number."""
    if shown is None:
        levels = levels_of(samples.values, samples.declared)
        if levels is None:
            raise BadInput("Not one of its values is a number.", "Mend or remove the image.")
        shown = own_range(levels)
    pixels = samples.values if samples.values.dtype == np.uint8 and shown == BYTE else to_bytes(samples.values, shown)
    if samples.alpha is not None:
        colour = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
        opacity = np.rint(np.clip(samples.alpha, 0, 1) * 255).astype(np.uint8)
        pixels = np.concatenate([colour, opacity[..., None]], axis=2)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return _upright(_plain(image) if shrink == 1 else _shrunk(image, shrink), samples.orientation)


def _upright(rgb: Image.Image, turn: int) -> Image.Image:
    if turn in _UPRIGHT:
        rgb = rgb.transpose(_UPRIGHT[turn])
    rgb.info = {}  # or the orientation it carries would turn it again
    return rgb


def _plain(image: Image.Image) -> Image.Image:
    """A loaded image of 8 bits a sample or fewer as RGB, not turned."""
    if image.mode == "LAB":
        image = _from_lab(image)
    elif image.has_transparency_data:
        front = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", front.size, "white"), front)
    return image.convert("RGB")


def _shrunk(image: Image.Image, factor: int) -> Image.Image:
    out = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    step = 64 * factor
    for top in range(0, image.height, step):
        strip = image.crop((0, top, image.width, min(top + step, image.height)))
        out.paste(_plain(strip).reduce(factor), (0, top // factor))
    return out


def central(image: Image.Image, longest: int = 16) -> Image.Image:
    """The middle of an image more than `longest` times as long as wide; another image is returned as it is.

    For a caller who scales the shorter side and keeps a square of the centre: what lies further out is never seen, and
    scaled up first it takes as much memory as the image is long (1 × 200,000 pixels to 224 would be 30 gigabytes).
    """
    width, height = image.size
    most = longest * min(width, height)
    if max(width, height) <= most:
        return image
    most += (max(width, height) - most) % 2  # as much is cut from either end, so the centre stays where it is
    left, top = max(width - most, 0) // 2, max(height - most, 0) // 2
    return image.crop((left, top, left + min(width, most), top + min(height, most)))


def from_array(pixels: NDArray[Any]) -> Image.Image | Samples:
    """One image of an array file: (H, W), (H, W, C) or (C, H, W) with C of 1, 3 or 4, of any integers or floats.

    bool and uint8 come as an image, all others as the samples they are. Where both the first and the last axis could be
    channels, the last is; a fourth channel is opacity. Raises BadInput on other shapes and types.
    """
    if pixels.ndim == 3 and pixels.shape[-1] not in CHANNELS and pixels.shape[0] in CHANNELS:
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.size == 0 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[-1] not in CHANNELS):
        raise BadInput(f"An array of shape {pixels.shape} is not an image.", "Give (H, W), (H, W, C) or (C, H, W).")
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    if pixels.dtype.kind not in "iuf":
        raise BadInput(f"Pixels of type {pixels.dtype} are not understood.", "Give uint8, or floats in 0..1.")
    if pixels.dtype == np.uint8:
        return Image.fromarray(np.ascontiguousarray(pixels))
    if pixels.ndim == 2 or pixels.shape[-1] == 3:
        return Samples(pixels, mode=str(pixels.dtype))
    return Samples(pixels[..., :3], _opacity(pixels[..., 3]), mode=str(pixels.dtype))


def _opacity(channel: NDArray[Any]) -> NDArray[np.float32]:
    """(H, W) in 0..1: over 1 for floats up to 1, over 255 up to there, else over 65535."""
    highest = float(channel.max())
    top = 1.0 if channel.dtype.kind == "f" and highest <= 1 else 255.0 if highest <= 255 else 65535.0
    return np.asarray(np.clip(np.nan_to_num(channel.astype(np.float32)) / np.float32(top), 0, 1))


def _from_lab(image: Image.Image) -> Image.Image:
    """CIELAB through littleCMS; Pillow's own `convert` does not know it."""
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.applyTransform(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
    if converted is None:
        raise BadInput("A CIELAB image could not be converted.", "Save it as PNG and ingest again.")
    return converted
