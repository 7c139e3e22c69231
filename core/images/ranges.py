"""The values of stored pixels: how low and high they go, and which of them is shown black and which white."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Kind = Literal["integers", "floats"]
BLOCK = 1 << 22  # values converted at once, which bounds what a large image takes beside itself


class PixelRange(NamedTuple):
    """The stored value that is shown black, and the one that is shown white."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.6g}..{self.high:.6g}"


BYTE = PixelRange(0, 255)
SIXTEEN_BITS = PixelRange(0, 65535)
UNIT = PixelRange(0, 1)


@dataclass(frozen=True, slots=True)
class Levels:
    """The lowest and highest value of one image that is stored in more than 8 bits, alpha aside.

    stored: its type in words, "uint16 grey": images of another type come from another source and are judged apart.
    full: the range of the stored type, where it is known to be one of pixels (unsigned, 16 bits); declared: the range
    that the file itself says, or its format fixes.
    """

    low: float
    high: float
    stored: str
    kind: Kind
    full: PixelRange | None = None
    declared: PixelRange | None = None


@dataclass(frozen=True)
class Samples:
    """What an image file holds where 8 bits do not hold it.

    values: (H, W) or (H, W, 3), as stored, with NaN where the file says that nothing was measured. alpha: (H, W) in
    0..1, or None. declared: see `Levels`. orientation: EXIF's, 1 to 8. mode: in words, for the store.
    """

    values: NDArray[Any]
    alpha: NDArray[np.float32] | None = None
    declared: PixelRange | None = None
    orientation: int = 1
    mode: str = ""


def levels_of(values: NDArray[Any], declared: PixelRange | None = None) -> Levels | None:
    """The levels of (H, W) or (H, W, 3) integers or floats; None where no value is finite."""
    stored = f"{values.dtype.name} {'grey' if values.ndim == 2 else 'colour'}"
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        values = values[np.isfinite(values)]
    if not values.size:
        return None
    full = SIXTEEN_BITS if values.dtype.kind == "u" and values.dtype.itemsize == 2 else None
    kind: Kind = "floats" if values.dtype.kind == "f" else "integers"
    return Levels(float(values.min()), float(values.max()), stored, kind, full, declared)


def own_range(levels: Levels) -> PixelRange:
    """The range of one image by itself, for a caller that knows no data set around it.

    The stored type's where that has one, else the first of 0..1 (floats only), 0..255 and 0..65535 that holds all
    values, else the image's own.
    """
    if levels.full is not None:
        return levels.full
    for usual in (UNIT, BYTE, SIXTEEN_BITS) if levels.kind == "floats" else (BYTE, SIXTEEN_BITS):
        if levels.low >= usual.low and levels.high <= usual.high:
            return usual
    return PixelRange(levels.low, levels.high)


def to_bytes(values: NDArray[Any], shown: PixelRange) -> NDArray[np.uint8]:
    """(…) numbers as (…) uint8: `shown.low` becomes 0, `shown.high` 255, what lies beyond is clipped.

    What is not a number, or infinite, becomes 0.
    """
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        top = 256**values.dtype.itemsize
        return np.asarray(_scaled(np.arange(top), shown)[values])
    out = np.empty(values.shape, np.uint8)
    flat, into = values.reshape(-1), out.reshape(-1)
    for start in range(0, flat.size, BLOCK):
        into[start : start + BLOCK] = _scaled(flat[start : start + BLOCK], shown)
    return out


def _scaled(values: NDArray[Any], shown: PixelRange) -> NDArray[np.uint8]:
    """Moved before they are scaled and clipped before they are moved, so that no difference can overflow."""
    numbers = np.where(np.isfinite(values), values, shown.low).astype(np.float64)
    numbers = np.clip(numbers, shown.low, shown.high) - shown.low
    return np.rint(numbers * (255.0 / ((shown.high - shown.low) or 1.0))).astype(np.uint8)


def with_range(digest: str, shown: PixelRange | None) -> str:
    """What identifies an image as it is seen: the digest of what is stored, and the range where the set decided it.

    Whoever reads an image by this text converts it alike, and pixels of another range are another image: their
    thumbnails, vectors and decisions never mix.
    """
    return digest if shown is None else f"{digest}@{_number(shown.low)}..{_number(shown.high)}"


def split_range(content_hash: str) -> tuple[str, PixelRange | None]:
    """The digest and the range of an image's `content_hash`; None for an image that is read by its own range."""
    digest, at, shown = content_hash.partition("@")
    if not at:
        return digest, None
    low, high = shown.split("..")
    return digest, PixelRange(float(low), float(high))


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
