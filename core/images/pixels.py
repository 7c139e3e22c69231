"""Images one by one: is it whole, what is it, how does it look small, and reading it again later."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import Unreachable
from ..files.broken import BROKEN, reason_of
from ..files.reading import OUT_OF_REACH, READ_ERRORS
from ..remote.address import is_url
from .at_urls import UrlImages
from .containers import Container, Stored, open_container
from .decoding import FORMATS, Checked, decode
from .filenames import from_text
from .ranges import PixelRange, split_range
from .refusals import OUTSIDE, Refusal
from .regular_files import file_kind
from .rgb import to_rgb
from .roots import Roots

__all__ = [
    "FORMATS", "Checked", "PixelSource", "Refusal", "check", "content_hash", "examine", "thumbnail_webp", "to_rgb",
]  # fmt: skip

THUMBNAIL = 160


def check(data: bytes) -> Checked:
    """The facts of encoded bytes, decoded to the end. Raises Refusal with the reason."""
    return decode(data)[0]


def examine(
    stored: Stored, at_least: int | None = None, shown: PixelRange | None = None
) -> tuple[Checked, Image.Image]:
    """Facts and RGB pixels of one stored image (bytes or an array), decoded once. Raises Refusal.

    at_least: a size in pixels that is enough for the caller; a large JPEG then comes out at the next size above
    it that its coding offers, several times faster and still read to its last byte. shown: the values that are black
    and white; without it, those of the image alone.
    """
    return decode(stored, at_least, shown)


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

    What is wrong with one image is a Refusal; a place that is out of reach is Unreachable, and no image is to blame.

    paths, rows: the store's `images.path` and `images.row`, of equal length (row None: the file is the image).
    hashes: `images.content_hash`, when what is read must be what was ingested, and be shown in the range that its
    data set was judged to have. roots: where they may lie, where whoever wrote down the paths need not be believed.
    """

    def __init__(
        self, paths: Sequence[str], rows: Sequence[int | None], hashes: Sequence[str] | None = None,
        roots: Roots | None = None,
    ) -> None:  # fmt: skip
        self._paths, self._rows, self._hashes, self._roots = paths, rows, hashes, roots
        self._containers: dict[str, Container] = {}
        self._damaged: dict[str, str] = {}
        self._at_urls = UrlImages(paths)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._paths)

    def read(self, i: int) -> Stored:
        """Image i as stored: encoded bytes or an array. Raises Refusal (a BadInput) if it is gone or has changed,
        Unreachable, and ExtraMissing."""
        path, row = self._paths[i], self._rows[i]
        try:
            if self._roots is not None and (why := self._roots.refuses_image(path, row)):
                raise Refusal(OUTSIDE, f"{why}, which was not allowed when the data was read", path)
            stored = self._read_file(path) if row is None else self._container(path).read(int(row))
        except FileNotFoundError as error:
            raise Refusal("missing file", "it is not there", path) from error
        except PermissionError as error:
            raise Refusal("forbidden", error.strerror or str(error), path) from error
        except OSError as error:
            if error.errno in OUT_OF_REACH:
                raise Unreachable(
                    f"{path} is out of reach: {error.strerror}.",
                    "Mend its disk or the way to it; the same command then goes on.",
                ) from error
            reason = "read error" if error.errno in READ_ERRORS else "unreadable"
            raise Refusal(reason, error.strerror or str(error), path) from error
        except MemoryError:  # of this machine: no damaged number is believed, see `named_arrays`
            raise
        except BROKEN as error:
            raise Refusal("unreadable", f"row {row}: {reason_of(error)}", path) from error
        if self._hashes is not None and content_hash(stored) != split_range(self._hashes[i])[0]:
            raise Refusal("changed", "it is not what was ingested", path)
        return stored

    def rgb(self, i: int) -> Image.Image:
        """Image i as RGB at full size, unless that is hundreds of megapixels. Raises as `read`."""
        stored = self.read(i)
        shown = None if self._hashes is None else split_range(self._hashes[i])[1]
        try:
            return decode(stored, shown=shown, measure=False)[1]
        except Refusal as error:
            raise Refusal(error.reason, error.detail, self._paths[i]) from error

    def _container(self, path: str) -> Container:
        with self._lock:
            if path in self._damaged:
                raise ValueError(self._damaged[path])
            if path not in self._containers:
                try:
                    self._containers[path] = open_container(path)
                except (OSError, MemoryError):
                    raise
                except BROKEN as error:  # remembered: each of its rows would unpack it to the fault once more
                    self._damaged[path] = reason_of(error)
                    raise
            return self._containers[path]

    def _read_file(self, path: str) -> bytes:
        return self._at_urls.read(path) if is_url(path) else _read_file(path)


def _read_file(path: str) -> bytes:
    name = from_text(path)
    if kind := file_kind(os.stat(name).st_mode):
        raise Refusal("no regular file", f"it is {kind}, which is not opened", path)
    with open(name, "rb") as file:
        return file.read()
