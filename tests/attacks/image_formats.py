"""One small image in each of the formats that are attacked, as bytes."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

SIDE = 40


def seeds() -> dict[str, bytes]:
    """Format -> a whole file of it."""
    coarse = np.random.default_rng(0).integers(0, 256, (5, 5, 3), np.uint8)
    photo = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    pixels = np.asarray(photo)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    made = {
        "PNG": _saved(photo, "PNG", exif=exif),
        "PNG of 16 bits": bytes(imagecodecs.png_encode(pixels.astype(np.uint16) * 257)),
        "JPEG": _saved(photo, "JPEG", exif=exif),
        "progressive JPEG": _saved(photo, "JPEG", progressive=True),
        "GIF": _saved(photo, "GIF", save_all=True, append_images=[photo.rotate(90)]),
        "WebP": _saved(photo, "WEBP", exif=exif),
        "TIFF": _saved(photo, "TIFF", compression="tiff_lzw"),
        "TIFF of floats": _tiff(pixels.astype(np.float32) / 255, photometric="rgb", compression="zlib", predictor=True),
        "TIFF of 16 bits": _tiff(pixels.astype(np.uint16) * 257, photometric="rgb", compression="lzw"),
        "BMP": _saved(photo, "BMP"),
        "AVIF": _saved(photo, "AVIF"),
        "JPEG 2000": _saved(photo, "JPEG2000"),
        "PPM": _saved(photo, "PPM"),
        "ICO": _saved(photo, "ICO"),
        "JPEG XL": bytes(imagecodecs.jpegxl_encode(pixels, lossless=True)),
    }
    return made | ({"HEIC": heic(photo)} if find_spec("pillow_heif") else {})


def heic(image: Image.Image) -> bytes:
    """The image as phones store it, by libheif's encoder."""
    import pillow_heif

    out = BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=90)
    return out.getvalue()


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _tiff(pixels: np.ndarray[Any, Any], **options: Any) -> bytes:
    out = BytesIO()
    tifffile.imwrite(out, pixels, **options)
    return out.getvalue()
