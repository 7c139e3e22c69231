"""The user's further columns in types that the store holds; what it cannot hold is left out and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...types import OTHER_LABELS
from ..model import IMAGES, Understood

_SHORT = 1024  # bytes a row, on average, up to which binary columns are words rather than pictures


def as_metadata(table: pa.Table) -> tuple[pa.Table | None, tuple[Understood, ...]]:
    """The columns the store can hold, and a line on each that was renamed or left out. None if no column is left."""
    columns: dict[str, Any] = {}
    lines = []
    taken = {*IMAGES.names, OTHER_LABELS}
    for name in table.column_names:
        column = _storable(table[name])
        if column is None:
            lines.append(Understood("columns", f"left out column {name!r}, of type {table[name].type}"))
            continue
        ours = name.replace("\0", " ") or "column"
        while ours.casefold() in taken:  # SQL names do not tell cases apart
            ours += "_2"
        if ours != name:
            lines.append(Understood("columns", f"renamed column {name!r} to {ours!r}"))
        taken.add(ours.casefold())
        columns[ours] = column
    return (pa.table(columns) if columns else None), tuple(lines)


def as_arrow(values: NDArray[Any]) -> pa.Array | None:
    """(n,) NumPy values as Arrow, in this machine's byte order and a unit of time that it has; None if it has none."""
    values = values.astype(values.dtype.newbyteorder("="))
    if values.dtype.kind in "mM":
        unit = np.datetime_data(values.dtype)[0]
        if unit not in ("D", "s", "ms", "us", "ns"):
            days = values.dtype.kind == "M" and unit in ("Y", "M", "W")
            values = values.astype(f"{values.dtype.kind}8[{'D' if days else 's'}]")
    try:
        return pa.array(values)
    except (pa.ArrowException, ValueError, TypeError):
        return None  # complex numbers, structures, 128-bit floats: the caller names the array as left out


def _storable(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column as numbers, text, times or lists of them; None for images, structs and the like."""
    try:
        return _plain(column)
    except (pa.ArrowException, ValueError, OverflowError):
        return None  # a value that its new type cannot hold: the caller names the column as left out


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return _words(column)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        # Row by row: Arrow 26 casts views that it read from Parquet to lists with too few offsets.
        return _plain(pa.chunked_array([pa.array(column.to_pylist(), pa.list_(kind.value_type))]))
    if pa.types.is_fixed_size_list(kind):
        return _plain(column.cast(pa.list_(kind.value_type)))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = _target(kind.value_type)
        return None if inner is None else column.cast(pa.list_(inner))
    target = _target(kind)
    if target is None:
        return None
    column = column if target == kind else column.cast(target)
    if target in (pa.string(), pa.large_string()):
        column.validate(full=True)
    return column


def _target(kind: pa.DataType) -> pa.DataType | None:
    """The type a value is kept in, None where the store has none."""
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return kind
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_decimal(kind):
        return pa.decimal128(38, kind.scale) if kind.precision > 38 else pa.decimal128(kind.precision, kind.scale)
    return kind if pa.types.is_primitive(kind) else None


def _words(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Bytes as text, those that are not UTF-8 as \\xHH; None where they are too long for words."""
    if column.nbytes > _SHORT * max(len(column), 1):
        return None
    values = [None if value is None else value.decode("utf-8", "backslashreplace") for value in column.to_pylist()]
    return pa.chunked_array([pa.array(values, pa.string())])
