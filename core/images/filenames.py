"""File names as text that every store and page can hold, and back.

On Linux a name is bytes; Python carries those that are not UTF-8 as lone surrogates, which Arrow, DuckDB and
JSON refuse. They are kept as `\\xHH`, and undone when the file is opened.
"""

from __future__ import annotations

import os
import re

_ESCAPED = re.compile(r"\\x([89a-f][0-9a-f])")


def to_text(name: str) -> str:
    """`name` with each undecodable byte written as `\\xHH`; other names are returned as they are."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def from_text(text: str) -> str:
    """The name to open: `text` itself where such a file exists, else with `\\xHH` read as bytes again.

    A name that really contains a backslash, an x and two digits is therefore found as it is.
    """
    if not _ESCAPED.search(text) or os.path.lexists(text):
        return text
    return _ESCAPED.sub(lambda found: bytes.fromhex(found[1]).decode("utf-8", "surrogateescape"), text)
