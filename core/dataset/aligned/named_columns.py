"""Columns and arrays of a file by their names, and the images' ids in one: for files of whatever was computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import BadInput
from ...images.filenames import to_text
from ..tables.usual_names import IMAGE_NAMES

ID_KEYS = ("key", "keys", "id", "ids", "image_id", "image_ids", "paths", "filenames", "file_names", *IMAGE_NAMES)
ROW_INDEX = ("", "Unnamed: 0", "index", "__index_level_0__")
"""What the index that pandas writes is called."""


def pick(
    names: Sequence[str], given: str, usual_names: Sequence[str], option: str, path: Path, *, pattern: bool = False
) -> str:
    """The name that was given, else the first of the usual ones that is there, else "".

    option: what it was given by. pattern: what was given stands for several. Raises BadInput on a name not there.
    """
    if given and given not in names and not pattern:
        raise BadInput(f"{to_text(path.name)} has no {given!r} for {option}; it has {listed(names)}.", "Name another.")
    return "" if pattern else given or usual(names, usual_names)


def usual(names: Sequence[str], usual_names: Sequence[str]) -> str:
    """The first of the usual names that is there, whatever its capitals."""
    plain = {name.strip().lower(): name for name in reversed(names)}
    return next((plain[name] for name in usual_names if name in plain), "")


def listed(names: Sequence[str]) -> str:
    """The first ten names, as a message has them."""
    return ", ".join(repr(to_text(name)) for name in names[:10]) + (", …" if len(names) > 10 else "")


def read_ids(values: Sequence[Any], path: Path) -> tuple[str, ...]:
    """Ids as text. Raises BadInput on a row without one."""
    if None in values:
        raise BadInput(
            f"{to_text(path.name)} has a row without an id: row {values.index(None)}, counted from 0.",
            "Give every row one, or leave the row out.",
        )
    return tuple(map(id_text, values))


def id_text(value: Any) -> str:
    """An id, or a name, as text that every store can hold."""
    return to_text(value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value))


def texts_of(table: pa.Table, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Columns of text without gaps: those that may name images."""
    return {
        name: tuple(map(to_text, table[name].to_pylist()))
        for name in names
        if is_text(table.schema.field(name).type) and not table[name].null_count
    }


def is_list(kind: pa.DataType) -> bool:
    """Whether a column's cells are lists, of one length or of several."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether they are numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def is_text(kind: pa.DataType) -> bool:
    """Whether they are text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def short(error: Exception) -> str:
    """A library's message on one line, without the data it may quote."""
    text = to_text(" ".join(str(error).split())) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:300]} …"
