"""All bits of an image that Pillow has opened: where it keeps 8 of them, and where it has more in a mode of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from .limits import largest
from .png_chunks import is_deep_colour
from .ranges import SIXTEEN_BITS, Samples
from .rgb import deep_grey, orientation
from .tiff import NotRead, NotWhole, read_tiff

BITS_A_SAMPLE, COMPRESSION, WEBP_IN_TIFF = 258, 259, 50001  # two tags of TIFF, and a value of the second


def samples_of(image: Image.Image, data: bytes) -> Samples | None:
    """What an opened image holds deeper than 8 bits, None where it does not."""
    if image.format == "PNG" and is_deep_colour(data):
        return _deep_png(image, data)
    if image.format == "TIFF" and _is_deep_tiff(image):
        try:
            return read_tiff(data, largest())
        except (NotRead, NotWhole):
            return deep_grey(image)  # of kinds that only Pillow reads, such as CMYK, its 8 bits are taken
    deep = deep_grey(image)
    if deep is not None and image.format in ("PPM", "JPEG2000") and deep.values.dtype.kind != "f":
        return replace(deep, declared=SIXTEEN_BITS)  # both say how many bits they have, and Pillow scales them to 16
    return deep


def tags_of(image: Image.Image) -> Mapping[int, Any]:
    """The tags of a TIFF that Pillow has opened, none of another image."""
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
    return tags


def _is_deep_tiff(image: Image.Image) -> bool:
    bits = tags_of(image).get(BITS_A_SAMPLE, (1,))
    return isinstance(bits, tuple) and any(isinstance(one, int) and one > 8 for one in bits)


def _deep_png(image: Image.Image, data: bytes) -> Samples:
    """All 16 bits of each sample, where Pillow has the upper 8.

    Decoded once more by Pillow, told that the samples lie the other way round, it gives the lower 8: no other reader at
    hand takes a damaged PNG in silence. Two samples of 16 bits are four of 8.
    """
    image.load()  # which finds what is cut off
    with Image.open(BytesIO(data), formats=("PNG",)) as again:
        tile = again.tile[0]
        pair = tile.args == "LA;16B"
        again.tile = [tile._replace(args="RGBA" if pair else str(tile.args).replace("16B", "16L"))]
        lower = np.asarray(again).astype(np.uint16)
    values = lower[..., 0::2] << 8 | lower[..., 1::2] if pair else np.asarray(image).astype(np.uint16) << 8 | lower
    alpha = (values[..., -1] / 65535).astype(np.float32) if values.shape[2] in (2, 4) else None
    colour = values[..., :3] if values.shape[2] >= 3 else values[..., 0]
    return Samples(colour, alpha, orientation=orientation(image), mode=image.mode)
