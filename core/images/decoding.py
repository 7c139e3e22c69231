"""One stored image decoded to its last row, or refused with what is wrong with it. Bytes may be hostile.

Pillow reads what it can; tifffile reads the TIFFs it cannot; HEIC and JPEG XL have readers of their own. What any of
them raises, warns of or logs ends in one `Refusal`.
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import warnings
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from io import BytesIO
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError, _imaging

from ..errors import BadInput
from .phone_formats import HEIF_COMMAND, can_read_heif, is_heif, is_jpeg_xl, jpeg_xl_size, open_heif, read_jpeg_xl
from .png_chunks import SIGNATURE, is_deep_colour, only_pixels
from .ranges import SIXTEEN_BITS, Levels, PixelRange, Samples, levels_of
from .rgb import SIDEWAYS, deep_grey, from_array, orientation, samples_to_rgb, to_rgb
from .signatures import what_it_is
from .tiff import SIGNATURES as TIFF
from .tiff import NotRead, NotWhole, read_tiff

FORMATS = ("AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "QOI", "TIFF", "WEBP")
"""What Pillow decodes here. Its other readers run outside programs (EPS) or take arbitrary bytes for an image (TGA).
MPO comes with JPEG, whose signature it shares."""

MEGAPIXELS_VARIABLE = "HARDLOOK_MEGAPIXELS"
MEGAPIXELS = 200
"""Pixels of the largest image that is decoded, in millions: the largest sensors of phones have as many."""
WHOLE = 89_478_485
"""Pixels of the largest image that keeps its size; a larger one is averaged down by a whole factor as it is read."""
ALONE = 32_000_000
"""Pixels above which images are decoded one at a time, however many threads there are."""

BITS_A_SAMPLE, COMPRESSION, WEBP_IN_TIFF = 258, 259, 50001  # two tags of TIFF, and a value of the second

_alone = threading.Lock()

for library in ("PIL", "tifffile"):
    logging.getLogger(library).addHandler(logging.NullHandler())  # or Python prints it where nobody set logging up
warnings.filterwarnings("ignore", module=r"(PIL|tifffile)\.")  # of broken EXIF blocks and the like
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
with suppress(OSError, AttributeError):  # where Pillow has libtiff inside itself, it cannot be reached and prints
    # libtiff writes its errors to the process' error stream itself, past Python; Pillow raises them all the same.
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


class Refusal(BadInput):
    """One image cannot be used.

    reason: "zero bytes", "truncated", "not an image", "decompression bomb", "unreadable", "missing file" or
    "changed". detail: what was found, in words.
    """

    def __init__(self, reason: str, detail: str, path: str = "") -> None:
        super().__init__(
            f"{path or 'Image'}: {reason} ({detail}).",
            "Mend or put back the file, then run: hardlook ingest PATH" if path else "",
        )
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Checked:
    """Facts of an image that decodes to its last row.

    width, height: in pixels, upright. mode: as stored. levels: of values deeper than 8 bits, None for 8 bits.
    """

    width: int
    height: int
    mode: str
    format: str
    levels: Levels | None = None


Decoded = tuple[Checked, Image.Image]


def decode(
    stored: bytes | NDArray[Any], at_least: int | None = None, shown: PixelRange | None = None, *, measure: bool = True
) -> Decoded:
    """Facts and RGB pixels of encoded bytes or of an array. Raises Refusal, and nothing else.

    at_least, shown: see `core.images.pixels.examine`. measure: whether the levels are wanted.
    """
    if not isinstance(stored, bytes):
        return _decode_array(stored, shown)
    if not stored:
        raise Refusal("zero bytes", "the file is empty")
    try:
        return _decode_bytes(stored, at_least, shown, measure)
    except Exception as error:  # hostile bytes make decoders raise anything; none may stop an ingest
        mended = _without_notes(stored, at_least, shown, measure)
        if mended is None:
            raise _refusal(stored, error) from error
        return mended


def format_of(data: bytes) -> str:
    """The name of the format of encoded bytes, as `Checked.format` has it, without decoding. Raises Refusal."""
    if is_jpeg_xl(data) or is_heif(data):
        return "JPEG XL" if is_jpeg_xl(data) else "HEIF"
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            return image.format or ""
    except Exception as error:  # see `decode`
        if data.startswith(TIFF):
            return "TIFF"
        raise _refusal(data, error) from error


def largest() -> int:
    """Pixels of the largest image that is decoded. Raises BadInput where the environment says no number."""
    given = os.environ.get(MEGAPIXELS_VARIABLE, str(MEGAPIXELS))
    if not given.isdecimal() or not int(given):
        raise BadInput(f"{MEGAPIXELS_VARIABLE} is {given!r}.", f"Give millions of pixels: {MEGAPIXELS_VARIABLE}=400")
    return int(given) * 1_000_000


def _decode_array(pixels: NDArray[Any], shown: PixelRange | None) -> Decoded:
    try:
        read = from_array(pixels)
        if isinstance(read, Image.Image):
            return Checked(*read.size, read.mode, "array"), to_rgb(read, shown)
        return _decode_samples(read, "array", shown)
    except BadInput as error:
        raise Refusal("unreadable", error.message.rstrip(".")) from error


def _decode_bytes(data: bytes, at_least: int | None, shown: PixelRange | None, measure: bool) -> Decoded:
    Image.MAX_IMAGE_PIXELS = largest()  # Pillow asks for every frame and every picture inside, which only it sees
    if is_jpeg_xl(data):
        width, height = jpeg_xl_size(data)
        _refuse_too_large(width, height)
        return _decode_samples(read_jpeg_xl(data), "JPEG XL", shown)
    if is_heif(data):
        if not can_read_heif():
            raise Refusal("unreadable", f"a HEIC photograph; to read it: {HEIF_COMMAND}")
        return _decode_opened(open_heif(data), data, None, shown, measure)
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except Exception:
        if data.startswith(TIFF):
            return _decode_samples(read_tiff(data, largest()), "TIFF", shown)
        raise
    with image:
        if image.format == "TIFF" and _tags(image).get(COMPRESSION) == WEBP_IN_TIFF:  # Pillow's libtiff lacks it
            return _decode_samples(read_tiff(data, largest()), "TIFF", shown)
        return _decode_opened(image, data, at_least, shown, measure)


def _decode_opened(
    image: Image.Image, data: bytes, at_least: int | None, shown: PixelRange | None, measure: bool
) -> Decoded:
    width, height = image.size
    mode, kind = image.mode, image.format or ""
    _refuse_too_large(width, height)
    whole = WHOLE if at_least is None else ALONE
    shrink = ceil(sqrt(width * height / whole))
    with _alone if width * height > ALONE else nullcontext():
        samples = _samples(image, data) if measure or shown is not None else None
        if samples is not None and shown is not None:
            rgb = samples_to_rgb(samples, shown, shrink)
        else:
            enough = (at_least, at_least) if at_least else (width // shrink, height // shrink)
            if (at_least or shrink > 1) and image.draft(mode, enough) is not None:
                shrink = ceil(sqrt(image.width * image.height / whole))
            rgb = to_rgb(image, shown, shrink)
    if orientation(image) in SIDEWAYS:
        width, height = height, width
    return Checked(width, height, mode, kind, _levels(samples) if samples is not None else None), rgb


def _samples(image: Image.Image, data: bytes) -> Samples | None:
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


def _tags(image: Image.Image) -> Mapping[int, Any]:
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
    return tags


def _is_deep_tiff(image: Image.Image) -> bool:
    bits = _tags(image).get(BITS_A_SAMPLE, (1,))
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


def _decode_samples(samples: Samples, kind: str, shown: PixelRange | None) -> Decoded:
    """An image that has been decoded to its samples already."""
    height, width = samples.values.shape[:2]
    _refuse_too_large(width, height)
    levels = None if samples.values.dtype == np.uint8 else _levels(samples)
    rgb = samples_to_rgb(samples, shown, ceil(sqrt(width * height / WHOLE)))
    if samples.orientation in SIDEWAYS:
        width, height = height, width
    return Checked(width, height, samples.mode, kind, levels), rgb


def _levels(samples: Samples) -> Levels:
    levels = levels_of(samples.values, samples.declared)
    if levels is None:
        raise Refusal("unreadable", "not one of its values is a number")
    return levels


def _refuse_too_large(width: int, height: int) -> None:
    if width * height > largest():
        raise Refusal("decompression bomb", f"{width:,} × {height:,} pixels, {_limit()}")


def _limit() -> str:
    limit = largest() // 1_000_000
    return f"more than the {limit} million that are decoded; to allow more: export {MEGAPIXELS_VARIABLE}={2 * limit}"


def _without_notes(data: bytes, at_least: int | None, shown: PixelRange | None, measure: bool) -> Decoded | None:
    """A PNG once more, without its texts, profiles and other notes; None where they are not the fault."""
    if not data.startswith(SIGNATURE):
        return None
    bare = only_pixels(data)
    if bare == data:
        return None
    try:
        return _decode_bytes(bare, at_least, shown, measure)
    except Exception:  # noqa: BLE001 - what is wrong is said of the file as it is
        return None


def _refusal(data: bytes, error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return Refusal("decompression bomb", _limit())
    if isinstance(error, NotRead):
        return Refusal("unreadable", f"{error.message}, which is not read")
    if isinstance(error, UnidentifiedImageError):
        return Refusal(*what_it_is(data))
    detail = str(error) or type(error).__name__
    short = isinstance(error, EOFError) or any(sign in detail.lower() for sign in ("truncated", "not enough", "eof"))
    if isinstance(error, NotWhole) and not short:
        return Refusal("truncated", f"it starts like a TIFF but is cut off or broken: {detail}")
    if is_jpeg_xl(data) or is_heif(data):
        name = "JPEG XL image" if is_jpeg_xl(data) else "HEIC photograph"
        return Refusal("truncated" if short else "unreadable", f"a {name} that is cut off or broken: {detail}")
    return Refusal("truncated" if short else "unreadable", detail)
