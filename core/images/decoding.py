"""One stored image decoded to its last row, or refused with what is wrong with it. Bytes may be hostile.

Pillow reads what it can; tifffile reads the TIFFs it cannot; HEIC and JPEG XL have readers of their own. What any of
them raises, warns of or logs ends in one `Refusal`.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import warnings
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from io import BytesIO
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, _imaging

from ..errors import BadInput
from .deep import COMPRESSION, WEBP_IN_TIFF, samples_of, tags_of
from .limits import ALONE, WHOLE, largest
from .phone_formats import HEIF_COMMAND, can_read_heif, is_heif, is_jpeg_xl, jpeg_xl_size, open_heif, read_jpeg_xl
from .png_chunks import SIGNATURE, only_pixels
from .ranges import Levels, PixelRange, Samples, levels_of
from .refusals import Refusal, refusal_of, refuse_too_large
from .rgb import SIDEWAYS, from_array, orientation, samples_to_rgb, to_rgb
from .tiff import SIGNATURES as TIFF
from .tiff import read_tiff

FORMATS = ("AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "QOI", "TIFF", "WEBP")
"""What Pillow decodes here. Its other readers run outside programs (EPS) or take arbitrary bytes for an image (TGA).
MPO comes with JPEG, whose signature it shares."""

_alone = threading.Lock()

for library in ("PIL", "tifffile"):
    logging.getLogger(library).addHandler(logging.NullHandler())  # or Python prints it where nobody set logging up
warnings.filterwarnings("ignore", module=r"(PIL|tifffile)\.")  # of broken EXIF blocks and the like
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
with suppress(OSError, AttributeError):  # where Pillow has libtiff inside itself, it cannot be reached and prints
    # libtiff writes its errors to the process' error stream itself, past Python; Pillow raises them all the same.
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


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
            raise refusal_of(stored, error) from error
        return mended


def format_of(data: bytes) -> str:
    """The name of the format of encoded bytes, as `Checked.format` has it, without decoding. Raises Refusal."""
    if is_jpeg_xl(data) or is_heif(data):
        return "JPEG XL" if is_jpeg_xl(data) else "HEIF"
    try:
        with _opened(data) as image:
            return image.format or ""
    except Exception as error:  # see `decode`
        if data.startswith(TIFF):
            return "TIFF"
        raise refusal_of(data, error) from error


def size_of(data: bytes) -> tuple[int, int]:
    """(width, height) that the header of encoded bytes says, before EXIF turns them. Raises Refusal."""
    try:
        if is_jpeg_xl(data):
            return jpeg_xl_size(data)
        image = open_heif(data) if is_heif(data) and can_read_heif() else _opened(data)
        with image:
            return image.size
    except Exception as error:  # see `decode`
        raise refusal_of(data, error) from error


def _opened(data: bytes) -> Image.Image:
    """By Pillow, nothing decoded yet."""
    Image.MAX_IMAGE_PIXELS = largest()  # Pillow asks for every frame and every picture inside, which only it sees
    return Image.open(BytesIO(data), formats=FORMATS)


def _decode_array(pixels: NDArray[Any], shown: PixelRange | None) -> Decoded:
    try:
        read = from_array(pixels)
        if isinstance(read, Image.Image):
            return Checked(*read.size, read.mode, "array"), to_rgb(read, shown)
        return _decode_samples(read, "array", shown)
    except BadInput as error:
        raise Refusal("unreadable", error.message.rstrip(".")) from error


def _decode_bytes(data: bytes, at_least: int | None, shown: PixelRange | None, measure: bool) -> Decoded:
    if is_jpeg_xl(data):
        width, height = jpeg_xl_size(data)
        refuse_too_large(width, height)
        return _decode_samples(read_jpeg_xl(data), "JPEG XL", shown)
    if is_heif(data):
        if not can_read_heif():
            raise Refusal("unreadable", f"a HEIC photograph; to read it: {HEIF_COMMAND}")
        return _decode_opened(open_heif(data), data, None, shown, measure)
    try:
        image = _opened(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except Exception:
        if data.startswith(TIFF):
            return _decode_samples(read_tiff(data, largest()), "TIFF", shown)
        raise
    with image:
        if image.format == "TIFF" and tags_of(image).get(COMPRESSION) == WEBP_IN_TIFF:  # Pillow's libtiff lacks it
            return _decode_samples(read_tiff(data, largest()), "TIFF", shown)
        return _decode_opened(image, data, at_least, shown, measure)


def _decode_opened(
    image: Image.Image, data: bytes, at_least: int | None, shown: PixelRange | None, measure: bool
) -> Decoded:
    width, height = image.size
    mode, kind = image.mode, image.format or ""
    refuse_too_large(width, height)
    whole = WHOLE if at_least is None else ALONE
    shrink = ceil(sqrt(width * height / whole))
    with _alone if width * height > ALONE else nullcontext():
        samples = samples_of(image, data) if measure or shown is not None else None
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


def _decode_samples(samples: Samples, kind: str, shown: PixelRange | None) -> Decoded:
    """An image that has been decoded to its samples already."""
    height, width = samples.values.shape[:2]
    refuse_too_large(width, height)
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
