"""The small JSON files of a folder of shards: read with limits, and what is in them looked at by type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ....files.json_text import json_from, refuse_larger
from ....images.regular_files import file_kind
from ....kinds.json_types import is_whole
from ....remote.place import Place

Check = Callable[[Any], bool]
"""Whether a value is of the type and size that a key wants."""


def parsed(file: Place, most: int) -> dict[str, Any]:
    """The object in a JSON file of so many bytes at most.

    Raises OSError, Unreachable, and ValueError with what is wrong as a part of a sentence. Nothing is opened that would
    be waited for, as a pipe is.
    """
    if isinstance(file, Path):
        found = file.stat()
        if what := file_kind(found.st_mode):
            raise ValueError(f"it is {what}, and a file is read")
        refuse_larger(found.st_size, most)
    value = json_from(file.read_bytes(), most)
    if not isinstance(value, dict):
        raise ValueError(f"it holds {_shown(value)}, and an object with names is read")
    return value


def wrong_with(value: Mapping[str, Any], needed: Mapping[str, Check], allowed: Mapping[str, Check]) -> str:
    """Why an object is not what is read, as a part of a sentence; "" if it is. allowed: what may be left out."""
    for name in needed:
        if name not in value:
            return f"it says no {name!r}"
    for name, check in {**needed, **allowed}.items():
        if name in value and not check(value[name]):
            return f"its {name!r} is {_shown(value[name])}"
    return ""


def is_said(value: Any) -> bool:
    """A text for a person, which may hold halves of characters, as a path may."""
    return isinstance(value, str)


def is_text(value: Any) -> bool:
    """A text of whole characters, which a table takes."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_count(value: Any) -> bool:
    """A whole number from 0 on."""
    return is_whole(value) and value >= 0


def is_object(value: Any) -> bool:
    """Values by name."""
    return isinstance(value, dict)


def by_name(check: Check) -> Check:
    """Such values by name."""
    return lambda value: isinstance(value, dict) and all(map(is_text, value)) and all(map(check, value.values()))


def row_of(*checks: Check) -> Check:
    """A list of as many values, each of its own type."""
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(checks)
        and all(check(one) for check, one in zip(checks, value, strict=True))
    )


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
