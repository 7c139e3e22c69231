"""Images one by one: is it whole, what is it, how does it look small, and reading it again later."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ..errors import BadInput
from ..wording import command
from .containers import Container, Stored, open_container
from .filenames import from_text
from .rgb import SIDEWAYS, from_array, orientation, to_rgb

__all__ = ["Checked", "PixelSource", "Refusal", "check", "content_hash", "examine", "thumbnail_webp", "to_rgb"]

THUMBNAIL = 160
FORMATS = ("AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "PNG", "PPM", "QOI", "TIFF", "WEBP")
"""What is decoded. Pillow's other readers run outside programs (EPS) or take arbitrary bytes for an image (TGA).
MPO comes with JPEG, whose signature it shares."""

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*", b"BM", b"qoif")
_MARKUP = ((b"<svg", "an SVG drawing"), (b"<!doctype html", "a web page"), (b"<html", "a web page"))


class Refusal(BadInput):
    """One image cannot be used.

    reason: "zero bytes", "truncated", "not an image", "decompression bomb", "unreadable", "missing file" or
    "changed". detail: what was found, in words.
    """

    def __init__(self, reason: str, detail: str, path: str = "") -> None:
        super().__init__(
            f"{path or 'Image'}: {reason} ({detail}).",
            *(("Mend or put back the file, then run", command(None, "ingest", "PATH")) if path else ()),
        )
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Checked:
    """Facts of an image that decodes to its last row. width, height: in pixels, upright. mode: as stored."""

    width: int
    height: int
    mode: str
    format: str


def check(data: bytes) -> Checked:
    """The facts of encoded bytes, decoded to the end. Raises Refusal with the reason."""
    return examine(data)[0]


def examine(stored: Stored, at_least: int | None = None) -> tuple[Checked, Image.Image]:
    """Facts and RGB pixels of one stored image (bytes or an array), decoded once. Raises Refusal.

    at_least: a size in pixels that is enough for the caller; a large JPEG then comes out at the next size above
    it that its coding offers, several times faster and still read to its last byte.
    """
    if not isinstance(stored, bytes):
        try:
            image = from_array(stored)
        except BadInput as error:
            raise Refusal("unreadable", error.message.rstrip(".")) from error
        return Checked(*image.size, image.mode, "array"), to_rgb(image)
    if not stored:
        raise Refusal("zero bytes", "the file is empty")
    try:
        with Image.open(BytesIO(stored), formats=FORMATS) as image:
            width, height = image.size
            mode, kind = image.mode, image.format or ""
            if at_least is not None:
                image.draft(mode, (at_least, at_least))
            rgb = to_rgb(image)
            if orientation(image) in SIDEWAYS:
                width, height = height, width
    except UnidentifiedImageError as error:
        raise _unidentified(stored) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal("decompression bomb", str(error)) from error
    except Exception as error:  # hostile bytes make decoders raise anything; none may stop an ingest
        raise Refusal(*_broken(error)) from error
    return Checked(width, height, mode, kind), rgb


def _unidentified(data: bytes) -> Refusal:
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, what in _MARKUP:
        if head.startswith(mark) or (head.startswith(b"<?xml") and mark in head):
            return Refusal("not an image", f"{what}, {len(data)} bytes")
    if data.startswith(_SIGNATURES) or data[4:12] == b"ftypavif":
        return Refusal("truncated", f"it starts like an image but its header is cut off or broken, {len(data)} bytes")
    return Refusal("not an image", f"{len(data)} bytes of something else, or of a format that is not read")


def _broken(error: Exception) -> tuple[str, str]:
    detail = str(error) or type(error).__name__
    short = isinstance(error, EOFError) or any(sign in detail.lower() for sign in ("truncated", "not enough", "eof"))
    return ("truncated" if short else "unreadable"), detail


def thumbnail_webp(rgb: Image.Image, size: int = THUMBNAIL) -> bytes:
    """WebP of at most `size` pixels on the longer side, aspect kept; smaller images keep their size.

    Tiny images (64 pixels and less) are kept without loss: they are drawn enlarged, where its artefacts would show.
    """
    small = rgb.copy()
    small.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0)
    out = BytesIO()
    # No metadata: neither a camera's position nor a colour profile belongs into a cache.
    small.save(out, "WEBP", quality=80, method=2, lossless=max(small.size) <= 64, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue()


def content_hash(stored: bytes | NDArray[Any]) -> str:
    """32 hexadecimal digits of BLAKE2b over the bytes; for an array over its dtype, shape and pixels."""
    digest = hashlib.blake2b(digest_size=16)
    if isinstance(stored, np.ndarray):
        digest.update(f"{stored.dtype.str}{stored.shape}".encode())
        digest.update(np.ascontiguousarray(stored).tobytes())
    else:
        digest.update(stored)
    return digest.hexdigest()


class PixelSource:
    """The images of an audit, read from where they lie. Safe to use from many threads; holds no pixels of its own.

    paths, rows: the store's `images.path` and `images.row`, of equal length (row None: the file is the image).
    hashes: content hashes, when what is read must be what was ingested.
    """

    def __init__(self, paths: Sequence[str], rows: Sequence[int | None], hashes: Sequence[str] | None = None) -> None:
        self._paths, self._rows, self._hashes = paths, rows, hashes
        self._containers: dict[str, Container] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._paths)

    def read(self, i: int) -> Stored:
        """Image i as stored: encoded bytes or an array. Raises Refusal (a BadInput) if it is gone or has changed."""
        path, row = self._paths[i], self._rows[i]
        try:
            stored = _read_file(path) if row is None else self._container(path).read(int(row))
        except FileNotFoundError as error:
            raise Refusal("missing file", "it is not there", path) from error
        except OSError as error:
            raise Refusal("unreadable", error.strerror or str(error), path) from error
        except (ValueError, KeyError, IndexError, EOFError, BadZipFile, zlib.error) as error:
            raise Refusal("unreadable", f"row {row}: {error}", path) from error
        if self._hashes is not None and content_hash(stored) != self._hashes[i]:
            raise Refusal("changed", "it is not what was ingested", path)
        return stored

    def rgb(self, i: int) -> Image.Image:
        """Image i as RGB at full size. Raises Refusal (a BadInput) naming the file."""
        stored = self.read(i)
        try:
            return examine(stored)[1]
        except Refusal as error:
            raise Refusal(error.reason, error.detail, self._paths[i]) from error

    def _container(self, path: str) -> Container:
        with self._lock:
            if path not in self._containers:
                self._containers[path] = open_container(path)
            return self._containers[path]


def _read_file(path: str) -> bytes:
    with open(from_text(path), "rb") as file:
        return file.read()
