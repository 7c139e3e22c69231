"""PNG without what is no pixel: a broken note beside the picture must not lose the picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_LOOKS = (b"tRNS", b"eXIf")  # transparency and which way is up, kept where they are whole
_COLOUR = (2, 4, 6)  # colour types with more than one sample a pixel: RGB, grey with alpha, RGB with alpha


def is_deep_colour(data: bytes) -> bool:
    """Whether this is a PNG of several samples of 16 bits a pixel, of which Pillow keeps the upper 8."""
    return data.startswith(SIGNATURE) and data[12:16] == b"IHDR" and data[24:25] == b"\x10" and data[25] in _COLOUR


def only_pixels(data: bytes) -> bytes:
    """The PNG with its pixels, palette, whole transparency and orientation alone: no text, profile, time or other.

    What follows a cut is left as it is, so that a file that ends early still does.
    """
    return SIGNATURE + b"".join(chunk for name, whole, chunk in _chunks(data) if name in _PIXELS or whole)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bool, bytes]]:
    """(name, whether it is one worth keeping and its checksum is right, bytes) of each chunk."""
    start = len(SIGNATURE)
    while start + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, start)
        name, end = data[start + 4 : start + 8], start + 12 + length
        chunk = data[start:end]
        checksum = zlib.crc32(chunk[4:-4]).to_bytes(4, "big")
        yield name, name in _LOOKS and len(chunk) == 12 + length and chunk[-4:] == checksum, chunk
        start = end
