"""shards.json: what was divided. It is written and read here alone, and checked whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ....errors import Unreadable, command
from ....kinds.json_types import is_number, list_of
from ....remote.place import Place
from ....store.writer import fingerprint
from .json_files import (
    Check,
    by_name,
    is_count,
    is_object,
    is_said,
    is_text,
    parsed,
    row_of,
    wrong_with,
)

FORMAT = 1
LARGEST = 1 << 28  # bytes: ten million shards
DIGEST = "digest"
DIVIDE_AGAIN = (
    "Divide the same input again, with the same options: where it is still what it was, the file is written anew and "
    "all that the stages have made stays"
)


class NewerHeader(Unreadable):
    """The header is of a newer Hardlook, and not damaged."""


def header_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """The header. said: all but the format, the fingerprint, by which is named what is computed, and the digest, which
    is of everything, so that no byte is read as another."""
    header = {"format": FORMAT, **said, "fingerprint": _fingerprint_of(said)}
    return {**header, DIGEST: fingerprint(header)}


def header_text(header: Mapping[str, Any]) -> str:
    """The file."""
    return json.dumps(header, indent=1) + "\n"


def read_header(file: Place, folder: str) -> dict[str, Any]:
    """What the header of a folder says. Raises OSError, Unreachable, Unreadable on anything that no Hardlook of this
    format has written, and NewerHeader."""
    advice = DIVIDE_AGAIN, command(None, "shard", "PATH", "--to", folder)
    try:
        header = parsed(file, LARGEST)
    except ValueError as error:
        raise Unreadable(file, str(error), *advice) from error
    version = header.get("format")
    if isinstance(version, int) and is_count(version) and version > FORMAT:
        raise NewerHeader(file, f"it is of format {version}, and this Hardlook knows {FORMAT}", "Update Hardlook.")
    if what := _wrong_with(header):
        raise Unreadable(file, what, *advice)
    return header


def _wrong_with(header: Mapping[str, Any]) -> str:
    """Why this is no header, as a part of a sentence; "" if it is one."""
    if what := wrong_with(header, _NEEDED, _ALLOWED):
        return what
    shards = -(-header["images"] // header["rows"])
    if len(header["items"]) != shards:
        return (
            f"it names {len(header['items']):,} files of items, and {header['images']:,} images of "
            f"{header['rows']:,} a file are {shards:,}"
        )
    if header["fingerprint"] != _fingerprint_of(header):
        return "its fingerprint is not that of its items and classes, so one of them was changed"
    rest = {name: value for name, value in header.items() if name != DIGEST}
    if DIGEST in header and header[DIGEST] != fingerprint(rest):
        return "its digest is not that of what it says, so something in it was changed"
    return ""


def _fingerprint_of(said: Mapping[str, Any]) -> str:
    """Of all items, and of how their images are to be read."""
    return fingerprint(FORMAT, said["classes"], said["options"].get("pixel_range"), said["items"])


def _is_options(value: Any) -> bool:
    """How the input was read; of all options a pixel range alone is asked for later."""
    if not is_object(value):
        return False
    given = value.get("pixel_range")
    return given in (None, "each") or (list_of(is_number)(given) and len(given) == 2)


_NEEDED: dict[str, Check] = {
    "format": lambda value: is_count(value) and value == FORMAT,
    "source": is_said, "identity": is_said,
    "rows": lambda value: is_count(value) and value > 0, "images": is_count,
    "classes": list_of(is_text), "options": _is_options, "splits": by_name(is_count),
    "understood": list_of(row_of(is_said, is_said, is_said)),
    "items": list_of(is_text), "fingerprint": is_text,
}  # fmt: skip
_ALLOWED: dict[str, Check] = {
    "refused": is_count, "found": is_count, "roots": list_of(is_text), "labelled": by_name(is_count),
    "notes": list_of(is_said), "passed_over": list_of(row_of(is_said, is_count, is_said)), DIGEST: is_text,
}  # fmt: skip
