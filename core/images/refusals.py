"""What is wrong with one image, in words: every failure of every reader ends here."""

from __future__ import annotations

from PIL import Image, UnidentifiedImageError

from ..errors import BadInput, command
from .limits import largest, limit_in_words
from .phone_formats import is_heif, is_jpeg_xl
from .signatures import what_it_is
from .tiff import NotRead, NotWhole

OUTSIDE = "outside the roots"
"""The reason of an image that lies where nothing may be opened, there or not."""


class Refusal(BadInput):
    """One image cannot be used.

    reason: "zero bytes", "truncated", "not an image", "decompression bomb", "unreadable", "missing file",
    "forbidden", "read error", "no regular file", "outside the roots" or "changed". detail: what was found, in words.
    """

    def __init__(self, reason: str, detail: str, path: str = "") -> None:
        super().__init__(
            f"{path or 'Image'}: {reason} ({detail}).",
            *(("Mend or put back the file, then run", command(None, "ingest", "PATH")) if path else ()),
        )
        self.reason = reason
        self.detail = detail


def refuse_too_large(width: int, height: int) -> None:
    """Raise Refusal where an image has more pixels than are decoded."""
    if width * height > largest():
        raise Refusal("decompression bomb", f"{width:,} × {height:,} pixels, {limit_in_words()}")


def refusal_of(data: bytes, error: Exception) -> Refusal:
    """The refusal of encoded bytes for what a reader raised."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return Refusal("decompression bomb", limit_in_words())
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
