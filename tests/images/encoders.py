"""Images written by libraries that the decoder does not read them with, and the bytes of a PNG chunk by chunk."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def chunk(name: bytes, data: bytes, *, broken: bool = False) -> bytes:
    """A PNG chunk; `broken` gives it a wrong checksum."""
    checksum = zlib.crc32(name + data) ^ broken
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def png(pixels: NDArray[Any], *, before: bytes = b"", after: bytes = b"") -> bytes:
    """(H, W) or (H, W, 2 to 4) uint8 or uint16 as a PNG without filters. before, after: chunks about the pixels."""
    height, width = pixels.shape[:2]
    samples = pixels.reshape(height, -1).astype(f">u{pixels.dtype.itemsize}")
    rows = b"".join(b"\0" + row.tobytes() for row in samples)
    colour = COLOUR_TYPES[1 if pixels.ndim == 2 else pixels.shape[2]]
    head = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, colour, 0, 0, 0)
    return (
        SIGNATURE + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(rows)) + after + chunk(b"IEND", b"")
    )  # fmt: skip


def tiff(pixels: NDArray[Any], **options: Any) -> bytes:
    """By tifffile, which Pillow or a library of its own reads back."""
    out = BytesIO()
    tifffile.imwrite(out, pixels, **options)
    return out.getvalue()


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """By Pillow."""
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def ramp(width: int = 32, height: int = 16) -> NDArray[np.float64]:
    """(H, W) from 0 on the left to 1 on the right."""
    return np.repeat(np.linspace(0, 1, width)[None], height, axis=0)
