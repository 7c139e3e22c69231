"""JSON Lines as a table: text stays text, and a column may hold both numbers and text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import BadInput
from ...images.filenames import to_text
from .cells import as_label
from .encodings import decoded, encoding_of

# Arrow's own reader makes times of text that looks like one, and stops at a column of two types.

_BLANK = re.compile(r"[\s,]*")
_WHOLE_INT = 1 << 63
_COCO = {"images", "annotations"}


def read_json_lines(file: Path) -> pa.Table:
    """One object a row, on a line of its own or over several; or one array of objects.

    A column that rows lack is null there. Raises BadInput naming the line where something else stands.
    """
    name = to_text(str(file))
    text = decoded(file, encoding_of(file)).removeprefix("\ufeff")
    rows: list[Any] = []
    try:
        for value in _values(text):
            rows += value if isinstance(value, list) else [value]
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}, {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise BadInput(f"{name} could not be read: {where}.", "Write one JSON object a line.") from error
    if len(rows) == 1 and isinstance(rows[0], dict) and set(rows[0]) >= _COCO:
        raise BadInput(
            f"{name} is an annotation file in COCO's format: boxes and their categories, several labels an image.",
            "Hardlook is for one label an image: write a manifest, path,label.",
        )
    odd = next((i for i, row in enumerate(rows) if not isinstance(row, dict)), None)
    if odd is not None:
        raise BadInput(
            f"{name} could not be read: row {odd + 1} is {str(rows[odd])[:40]!r}, no object.",
            'Write one JSON object a line: {"file_name": "a.png", "label": "cat"}',
        )
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({json_text(name): json_column([row.get(name) for row in rows]) for name in names})


def _values(text: str) -> Iterator[Any]:
    at_once = _one_a_line(text)
    if at_once is not None:
        yield at_once
        return
    decoder = json.JSONDecoder()
    at = _BLANK.match(text).end()  # type: ignore[union-attr]  # it matches nothing too
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]


def _one_a_line(text: str) -> Any:
    """All values at once, twice as fast as one by one; None where they are not one a line, or one has a fault."""
    try:
        return json.loads(text if text.startswith("[") else f"[{text.strip().replace(chr(10), ',')}]")
    except ValueError:
        return None


def json_column(values: list[Any]) -> pa.Array:
    """Values in the type they all have; a mixture as text, numbers in it as labels are written."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        return pa.array(_clean(values), pa.large_string())
    if kinds <= {int, float} and all(-_WHOLE_INT <= value < _WHOLE_INT for value in values if type(value) is int):
        return pa.array(values, pa.float64() if float in kinds else pa.int64() if kinds else pa.string())
    if kinds == {bool} or kinds == {list} or kinds == {dict}:
        try:
            return pa.array(values)
        except (pa.ArrowException, UnicodeEncodeError, OverflowError):
            return pa.array(_clean([None if value is None else json.dumps(value) for value in values]), pa.string())
    return pa.array(_clean([_as_text(value) for value in values]), pa.large_string())


def _as_text(value: Any) -> str | None:
    if isinstance(value, list | dict):
        return json.dumps(value)
    label = as_label(value) if not isinstance(value, str) else value
    return None if label is None else str(label)


def _clean(values: list[Any]) -> list[Any]:
    """Text that Arrow can hold: lone surrogates, half a character each, become what they are written as."""
    return [value if value is None or value.isascii() else json_text(value) for value in values]


def json_text(value: str) -> str:
    """Text that UTF-8 can hold: lone surrogates become what they stand for, or what they are written as."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return to_text(value) if _is_escaped(value) else value.encode("utf-8", "backslashreplace").decode()
    return value


def _is_escaped(value: str) -> bool:
    """Whether all its surrogates stand for bytes that are no UTF-8, rather than for halves of characters."""
    return all("\udc80" <= c <= "\udcff" for c in value if "\ud800" <= c <= "\udfff")
