"""HEIC and JPEG XL, which phones and newer cameras write and Pillow does not read.

JPEG XL comes with imagecodecs. HEIC needs the extra `heif`: its decoder is under the LGPL and not everybody may use it.
"""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .ranges import UNIT, Samples

HEIF_COMMAND = "pip install 'hardlook[heif]'"
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_JXL_CODESTREAM, _JXL_BOXES = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


def is_heif(data: bytes) -> bool:
    """Whether the first box names one of HEIF's brands with HEVC in it."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF


def is_jpeg_xl(data: bytes) -> bool:
    """Whether this is a JPEG XL file, bare or in boxes."""
    return data.startswith((_JXL_CODESTREAM, _JXL_BOXES))


def can_read_heif() -> bool:
    """Whether the extra is installed."""
    return find_spec("pi_heif") is not None


def open_heif(data: bytes) -> Image.Image:
    """The main image, not decoded before it is loaded. Raises what libheif has to say as ValueError or OSError."""
    from pi_heif import HeifImageFile

    image: Image.Image = HeifImageFile(BytesIO(data))
    return image


def jpeg_xl_size(data: bytes) -> tuple[int, int]:
    """(width, height) from the head of the codestream. Raises ValueError where there is none.

    ISO/IEC 18181-1, SizeHeader: bits are taken from the lowest of each byte up.
    """
    start = data.find(_JXL_CODESTREAM, 0 if data.startswith(_JXL_CODESTREAM) else len(_JXL_BOXES))
    head = int.from_bytes(data[start + 2 : start + 14], "little")
    if start < 0 or len(data) < start + 4:
        raise ValueError("no codestream in it")

    def bits(count: int) -> int:
        nonlocal head
        taken, head = head & ((1 << count) - 1), head >> count
        return taken

    def side(in_eights: int) -> int:
        return 8 * (bits(5) + 1) if in_eights else bits((9, 13, 18, 30)[bits(2)]) + 1

    in_eights = bits(1)
    height = side(in_eights)
    ratio = bits(3)
    width = side(in_eights) if ratio == 0 else height * _RATIOS[ratio][0] // _RATIOS[ratio][1]
    return width, height


def read_jpeg_xl(data: bytes) -> Samples:
    """The first frame, upright. uint8 or uint16, or floats in 0..1. Raises what libjxl has to say."""
    import imagecodecs  # here, because hardly any data set needs it and the dashboard loads this module

    values: NDArray[Any] = imagecodecs.jpegxl_decode(data, index=0, numthreads=1)
    if values.ndim == 2:
        values = values[..., None]
    top = float(np.iinfo(values.dtype).max) if values.dtype.kind == "u" else 1.0
    alpha = (values[..., -1] / top).astype(np.float32) if values.shape[2] in (2, 4) else None
    colour = values[..., :3] if values.shape[2] >= 3 else values[..., 0]
    return Samples(
        colour, alpha, UNIT if values.dtype.kind == "f" else None, mode=f"{values.shape[2]} × {values.dtype}"
    )
