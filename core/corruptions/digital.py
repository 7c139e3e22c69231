"""Digital faults: what processing and storing do."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from scipy.ndimage import map_coordinates  # type: ignore[attr-defined]  # its types leave it out

from ..types import Floats
from .fields import stretched
from .registry import fineness, register, side_of

BENDS = 8  # cells a side of the grid whose corners an elastic transform moves


@register("contrast", "digital", (0.7, 0.53, 0.38, 0.26, 0.16), "share of the contrast kept")
def contrast(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Moves every value towards the image's mean."""
    mean = image.mean()
    return np.asarray(mean + level * (image - mean))


@register("pixelate", "digital", (0.62, 0.49, 0.38, 0.29, 0.22), "share of the pixels kept a side")
def pixelate(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Averages over blocks and draws each block in one colour."""
    height, width = image.shape[:2]
    small = (max(round(width * level), 1), max(round(height * level), 1))
    picture = _picture(image).resize(small, Image.Resampling.BOX).resize((width, height), Image.Resampling.NEAREST)
    return _values(picture, image)


@register("jpeg", "digital", (180, 270, 400, 600, 900), "coarseness of the quantising at 224 pixels, in per cent")
def jpeg(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Compresses as JPEG, with quantising steps so many times the standard's."""
    coarseness = level * fineness(image)
    # The rule by which encoders turn a quality into the standard tables' scale, solved for the quality.
    quality = 5000 / coarseness if coarseness > 100 else 100 - coarseness / 2
    out = BytesIO()
    _picture(image).save(out, "JPEG", quality=max(round(quality), 1))
    with Image.open(out) as picture:
        return _values(picture, image)


@register("elastic", "digital", (0.008, 0.013, 0.020, 0.029, 0.041), "root mean square shift, of the side")
def elastic(image: Floats, level: float, rng: np.random.Generator) -> Floats:
    """Bends the image: every point moves by a smooth random field."""
    grids = rng.standard_normal((2, BENDS, BENDS))
    fields = np.stack([stretched(grid, image.shape)[:, :, 0] for grid in grids])
    shift = fields * (level * side_of(image) / np.sqrt(np.mean(fields**2) * 2))
    down, right = np.indices(image.shape[:2], dtype=np.float32) + shift
    bent = [map_coordinates(image[:, :, c], (down, right), order=1, mode="reflect") for c in range(image.shape[2])]
    return np.stack(bent, axis=2)


def _picture(image: Floats) -> Image.Image:
    pixels = np.rint(image * 255).astype(np.uint8)
    return Image.fromarray(pixels[:, :, 0] if image.shape[2] == 1 else pixels)


def _values(picture: Image.Image, like: Floats) -> Floats:
    return np.asarray(picture, np.float32).reshape(like.shape) / 255
