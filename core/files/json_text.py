"""JSON that others wrote or typed, read within limits: whatever it holds is an answer or one error, never a crash.

What a reader goes through afterwards is bounded too: Python's own functions end where a value lies too deep, or where a
number has too many digits to be counted with.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

LONGEST = 1_000_000  # characters; more than a command line holds
DEEPEST = 50  # lists and objects in each other
MOST_DIGITS = 40
"""Of a whole number: far beyond 64 bits, and still a number to every function that takes one."""


def json_of(text: str, longest: int = LONGEST) -> Any:
    """What a JSON text says. longest: characters that it may have.

    Raises ValueError with the reason on what is no JSON or goes beyond a limit, and no other error.
    """
    if len(text) > longest:
        raise ValueError(f"it has {len(text):,} characters, and {longest:,} are the most")
    try:
        read = json.loads(text, parse_int=_whole)
    except RecursionError as error:
        raise ValueError(_too_deep()) from error
    if _is_deep(read):
        raise ValueError(_too_deep())
    return read


def json_in(path: Path, largest: int) -> Any:
    """What a small JSON file says. largest: bytes that it may have.

    Raises ValueError with the reason, as a part of a sentence, and OSError where the system does not let it be read.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
        raise ValueError("it is no file")
    refuse_larger(found.st_size, largest)
    return json_from(path.read_bytes(), largest)


def json_from(content: bytes, largest: int) -> Any:
    """What the content of a JSON file says. largest: bytes that it may have. Raises ValueError as `json_in`."""
    refuse_larger(len(content), largest)
    try:
        return json_of(content.decode(), largest)
    except ValueError as error:
        raise ValueError(f"it is no JSON ({str(error)[:200]})") from error


def refuse_larger(size: int, largest: int) -> None:
    """Raise ValueError on a file of more bytes than are read."""
    if size > largest:
        raise ValueError(f"it has {size:,} bytes, and {largest:,} are the most")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits, and {MOST_DIGITS} are the most")
    return int(digits)


def _is_deep(value: Any) -> bool:
    """Whether lists and objects lie in each other more than `DEEPEST` times; by level, because a call would count."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _too_deep() -> str:
    return f"lists lie in each other more than {DEEPEST} times"
