"""Cells of a table as text and as labels, whatever type the column has."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import BadInput
from ...images.filenames import to_text
from ..model import Label, Understood

_DECIMAL = re.compile(r"(-?(?:0|[1-9]\d*))(?:\.(\d+))?")


def texts(table: pa.Table, name: str) -> list[str]:
    """A column as text, "" for null or no column. Bytes that are not UTF-8 become lone surrogates, as in file names."""
    if not name:
        return [""] * table.num_rows
    column = _flat(table[name])
    if pa.types.is_binary(column.type) or _is_text(column.type):
        try:  # many times faster than value by value, where all of it is UTF-8
            plain = column.cast(pa.large_string())
            plain.validate(full=True)
            return [value or "" for value in plain.to_pylist()]
        except pa.ArrowInvalid:
            column = column.cast(pa.large_binary())
    return [_text(value) for value in _values(column, name)]


def distinct(table: pa.Table, name: str) -> set[str]:
    """The different texts of a column, none without one."""
    if not name:
        return set()
    column = _flat(table[name])
    try:
        column = pc.unique(column)
    except pa.ArrowNotImplementedError:
        return set(texts(table, name))  # types that Arrow cannot hash, such as views
    return set(texts(pa.table({name: column}), name))


def labels(table: pa.Table, name: str, what: str, *, untyped: bool = False) -> list[Label]:
    """A column as labels, None where it has none. what: the file, for messages.

    Numbers stay numbers, 1.0 is 1, text stays text. untyped: a table that has no types (CSV), where text that is a
    number as a whole column is one. Raises BadInput on several labels an image: lists, structs and their like.
    """
    if not name:
        return [None] * table.num_rows
    column = _flat(table[name])
    refuse_several(column.type, name, what)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        column = _texts_only(column, name)
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    values = encoded.dictionary.to_pylist()
    meanings: list[Label] = _untyped(values) if untyped else [as_label(value) for value in values]
    _refuse_written_lists(meanings, name, what)
    meanings.append(None)  # where index -1 points
    indices = pc.fill_null(encoded.indices.cast(pa.int64()), -1).to_pylist()
    return [meanings[index] for index in indices]


def number_lines(table: pa.Table, name: str, *, untyped: bool = False) -> tuple[Understood, ...]:
    """A line where labels are written as 1.0 and read as 1, none otherwise. untyped: as in `labels`."""
    if not name:
        return ()
    kind = _flat(table[name]).type
    written = distinct(table, name) - {""} if untyped else set()
    fractions = sorted(value for value in written if _DECIMAL.fullmatch(value) and "." in value)
    if not pa.types.is_floating(kind) and not (fractions and all(map(_DECIMAL.fullmatch, written))):
        return ()
    return (Understood("labels", "numbers: a whole one is the same however it is written, 1.0 as 1"),)


def as_label(value: Any) -> Label:
    """One label: None for null, NaN and ""; a whole number as int, other numbers and all else as text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | bytes):
        return to_text(_text(value)) or None
    if isinstance(value, float | Decimal):
        return None if math.isnan(value) else int(value) if math.isfinite(value) and value == int(value) else str(value)
    if isinstance(value, str):
        return to_text(value)
    return value if isinstance(value, int) else str(value)


def refuse_several(kind: pa.DataType, name: str, what: str) -> None:
    """Raise BadInput if cells of this type hold more than one label."""
    if pa.types.is_nested(kind):
        words = "structs" if pa.types.is_struct(kind) else "maps" if pa.types.is_map(kind) else "lists"
        raise _several(name, what, f"{words} ({kind})")


def _several(name: str, what: str, holds: str) -> BadInput:
    return BadInput(
        f"The labels in {name!r} of {what} are {holds}: several labels an image. Hardlook is for one label an image.",
        "Name a column with one label an image by --label-key, or write one: a column for each label, audited apart.",
    )


def _untyped(values: Sequence[Any]) -> list[Label]:
    """Text as labels: numbers if all of it are, as pandas writes them (1, 1.0), else text as it is."""
    given = [to_text(_text(value)) for value in values]
    decimals = [_DECIMAL.fullmatch(text) for text in given if text]
    if not all(decimals):
        return [text or None for text in given]
    return [_number(text) if text else None for text in given]


def _number(text: str) -> Label:
    whole, _, fraction = text.partition(".")
    if fraction.strip("0") or whole == "-0" or len(whole) > 18:
        return text
    return int(whole)


def _refuse_written_lists(values: Sequence[Label], name: str, what: str) -> None:
    """Raise BadInput where text is a list or a struct as programs write them: "['cat', 'dog']", '{"a": 1}'."""
    for value in values:
        if isinstance(value, str) and value[:1] + value[-1:] in ("[]", "{}") and _is_written_list(value):
            raise _several(name, what, f"lists or structs written as text, such as {value[:60]!r}")


def _is_written_list(text: str) -> bool:
    for read in (json.loads, ast.literal_eval):
        try:
            return isinstance(read(text), list | dict | set)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue  # a name in brackets
    return False


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without a dictionary (pandas' and Polars' categories)."""
    while pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.float32()) if pa.types.is_float16(column.type) else column


def _texts_only(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Text and bytes in a type that can be encoded as a dictionary; cells of another type one by one as labels."""
    if _is_text(column.type) or _is_bytes(column.type):
        return column.cast(pa.large_binary())
    return pa.chunked_array(
        [pa.array([_storable(as_label(value)) for value in _values(column, name)], pa.large_string())]
    )


def _values(column: pa.ChunkedArray, name: str) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, pa.ArrowException) as error:
        raise BadInput(
            f"Column {name!r} is {column.type} and cannot be read as text: {error}.", "Name another column."
        ) from error


def _storable(label: Label) -> str | None:
    return None if label is None else str(label)


def may_be_words(kind: pa.DataType) -> bool:
    """Whether a column of this type may say splits: text, bytes, truth values and whole numbers."""
    if pa.types.is_dictionary(kind):
        return may_be_words(kind.value_type)
    return _is_text(kind) or _is_bytes(kind) or bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )  # fmt: skip


def _text(value: Any) -> str:
    """A cell as text: 7.0 as 7, like labels, for ids and splits that pandas made floats of."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)
