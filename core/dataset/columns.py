"""A table that describes images: which column is what, and what is left for the user's metadata."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import pyarrow as pa

from ..errors import BadInput
from ..images.filenames import to_text
from .model import IMAGES, IngestOptions, Label

IMAGE_NAMES = ("path", "file_name", "image", "filename", "file", "image_path", "img")
LABEL_NAMES = ("label", "labels", "class", "target", "y")


@dataclass(frozen=True)
class Columns:
    """Column names by role, "" where a table has none."""

    image: str
    label: str
    true_label: str
    split: str
    id: str

    def further(self, table: pa.Table) -> pa.Table:
        """The columns that have no role: the user's metadata."""
        return table.select([name for name in table.column_names if name not in astuple(self)])


def pick_columns(names: Sequence[str], options: IngestOptions, what: str) -> Columns:
    """Roles from the options, else from the usual names. Raises BadInput naming the columns there are."""
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise BadInput(f"{what} has the column {twice[0]!r} twice.", "Rename one of them.")

    def pick(given: str, usual: Sequence[str], option: str) -> str:
        if given and given not in names:
            listed = ", ".join(repr(name) for name in names)
            raise BadInput(f"{what} has no column {given!r}; it has {listed}.", f"Pass one of them as {option}.")
        return given or next((name for name in usual if name in names), "")

    image = pick(options.image_key, IMAGE_NAMES, "--image-key")
    if not image:
        listed = ", ".join(repr(name) for name in names)
        raise BadInput(f"{what} has no column of images or paths; it has {listed}.", "Name it with --image-key.")
    return Columns(
        image=image,
        label=pick(options.label_key, LABEL_NAMES, "--label-key"),
        true_label=pick(options.true_label_key, ("true_label",), "--true-label-key"),
        split=pick(options.split_key, ("split",), "--split-key"),
        id=pick(options.id_key, ("id",), "--id-key"),
    )


def column_notes(columns: Columns, options: IngestOptions) -> tuple[str, ...]:
    """A note where true labels were taken without being asked for."""
    taken = columns.true_label and not options.true_label_key
    return (f"took column {columns.true_label!r} as the true labels",) if taken else ()


def texts(table: pa.Table, name: str) -> list[str]:
    """A column as text, "" for null or no column. Bytes that are not UTF-8 become lone surrogates, as in file names."""
    if not name:
        return [""] * table.num_rows
    return [_text(value) for value in table[name].to_pylist()]


def labels(table: pa.Table, name: str) -> list[Label]:
    """A column as labels: numbers stay numbers, whatever is empty or not a number is None."""
    if not name:
        return [None] * table.num_rows
    return [as_label(value) for value in table[name].to_pylist()]


def as_label(value: Any) -> Label:
    """One label: None for null, NaN, "" and -1."""
    if isinstance(value, float):
        value = None if math.isnan(value) else int(value) if value.is_integer() else str(value)
    if isinstance(value, bool | bytes):
        value = to_text(_text(value))
    if isinstance(value, int | str):
        return None if value in (-1, "-1", "") else value
    return None if value is None else str(value)


def class_names(schema: pa.Schema, column: str) -> tuple[str, ...]:
    """Class names that Hugging Face's `datasets` wrote into the schema for a column, () without any."""
    written = (schema.metadata or {}).get(b"huggingface")
    if not written or not column:
        return ()
    feature = json.loads(written).get("info", {}).get("features", {}).get(column, {})
    return tuple(feature.get("names", ())) if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else ()


def as_metadata(table: pa.Table) -> tuple[pa.Table | None, tuple[str, ...]]:
    """The columns the store can hold, and a note on each that was renamed or left out. None if no column is left."""
    kept: dict[str, Any] = {}
    notes = []
    taken = set(IMAGES.names)
    for name in table.column_names:
        column = _plain(table[name])
        if column is None:
            notes.append(f"left out column {name!r}, of type {table[name].type}")
            continue
        ours = name or "column"
        while ours.casefold() in taken:  # SQL names do not tell cases apart
            ours += "_2"
        if ours != name:
            notes.append(f"renamed column {name!r} to {ours!r}")
        taken.add(ours.casefold())
        kept[ours] = column
    return (pa.table(kept) if kept else None), tuple(notes)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Numbers, text, times and lists of them; None for images, structs and the like."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_binary(kind):  # text that is not UTF-8, from a CSV file
        values = [None if value is None else value.decode("utf-8", "backslashreplace") for value in column.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.string())]) if _is_short(column) else None
    inner = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
    simple = (pa.types.is_primitive, pa.types.is_string, pa.types.is_large_string, pa.types.is_decimal128)
    return column if any(test(inner) for test in simple) else None


def _is_short(column: pa.ChunkedArray) -> bool:
    """Whether bytes are words rather than pictures: 1 KB a row at most, on average."""
    return bool(column.nbytes <= 1024 * max(len(column), 1))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
