"""How a text file is encoded: UTF-8, or UTF-16 as Excel writes it, with or without a byte order mark."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

from ...errors import BadInput
from ...images.filenames import to_text
from ..model import Understood

HEAD = 1 << 16
"""Bytes that are enough to tell."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def encoding_of(file: Path) -> str:
    """A codec's name by the file's first bytes; "utf-8" where nothing says otherwise. Raises BadInput on no text."""
    with open(file, "rb") as opened:
        head = opened.read(HEAD)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    zeros = [head[start::2].count(0) for start in (0, 1)]
    half = len(head) // 2
    if not any(zeros):
        return "utf-8"
    # Letters of Western text have a zero beside them in UTF-16; separators and digits have in any language.
    if zeros[1] > 0.2 * half and not zeros[0]:
        return "utf-16-le"
    if zeros[0] > 0.2 * half and not zeros[1]:
        return "utf-16-be"
    raise BadInput(f"{to_text(str(file))} could not be read: it holds zero bytes, which no text has.", "Is it a table?")


def decoded(file: Path, encoding: str) -> str:
    """A file's text. Bytes that are not UTF-8 become lone surrogates, as in file names. Raises BadInput."""
    data = file.read_bytes()
    try:
        return data.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "strict")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{to_text(str(file))} could not be read: it looks like {encoding} and breaks off at byte {error.start}.",
            "Save it as UTF-8.",
        ) from error


def not_utf8_lines(values: Iterable[str], column: str) -> tuple[Understood, ...]:
    """A line where texts of a column hold bytes that are not UTF-8: they are kept, and written as they stand.

    values: with lone surrogates for such bytes. Windows-1252 is what most such tables are in, and all bytes look right
    in it: it is named and not assumed.
    """
    odd = sorted({value for value in values if not value.isascii() and to_text(value) != value})
    if not odd:
        return ()
    western = odd[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    text = (
        f"{len(odd):,} values of column {column!r} are not UTF-8, {to_text(odd[0])!r} first, which Windows-1252 "
        f"would make {western!r}: save the table as UTF-8"
    )
    return (Understood("labels", text),)
