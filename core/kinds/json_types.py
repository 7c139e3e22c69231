"""What a value of a run's own words has to be for readers to go on with it: types of JSON, each with its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

LONGEST_TEXT = 100_000
"""Characters of one text that is read here: a path or a name has hundreds."""


@dataclass(frozen=True)
class JsonType:
    """says: what it is, with its article. holds: whether a value is one."""

    says: str
    holds: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def is_whole(value: Any) -> bool:
    """A whole number that a table takes."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def is_number(value: Any) -> bool:
    """A number that is finite."""
    return is_whole(value) or (isinstance(value, float) and isfinite(value))


def list_of(each: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A list of such values."""
    return lambda value: isinstance(value, list) and all(map(each, value))


def _table_of(each: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(_is_text, value)) and all(map(each, value.values()))


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, bool | float) or _is_text(value) or is_whole(value)


TEXT = JsonType("a text", _is_text)
WHOLE = JsonType("a whole number", is_whole)
SECONDS = JsonType("a number of seconds", lambda value: is_number(value) and value >= 0)
TEXTS = JsonType("a list of texts", list_of(_is_text))
NUMBERS = JsonType("a list of numbers", list_of(is_number))
TABLE = JsonType("an object", _table_of(lambda _: True))
TABLE_OF_TEXTS = JsonType("an object of texts", _table_of(_is_text))
TABLE_OF_NUMBERS = JsonType("an object of numbers", _table_of(is_number))
TABLE_OF_SINGLE = JsonType("an object of texts and numbers", _table_of(_is_single))


def or_null(kind: JsonType) -> JsonType:
    """The same, of what older runs may have written as null where nobody asked for it."""
    return JsonType(kind.says, lambda value: value is None or kind.holds(value))
