"""Columns of a Parquet file that hold images, told by their type and, for bare bytes, by their first values."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...files.arrow import BROKEN_TABLE, readable
from .text_tables import unreadable

_PEEKED = 8  # values
_TEXT = re.compile(rb"[^\x00-\x1f]{1,1024}")


def open_parquet(file: Path) -> pq.ParquetFile:
    """A Parquet file's footer. Raises BadInput where there is none."""
    try:
        opened = pq.ParquetFile(readable(file))
        _ = opened.schema_arrow.names
    except BROKEN_TABLE as error:
        raise unreadable(file, error) from error
    return opened


def holds_images(kind: pa.DataType) -> bool:
    """Whether a type is encoded bytes, plain or in Hugging Face's {bytes, path}."""
    if pa.types.is_struct(kind):
        at = kind.get_field_index("bytes")
        return at >= 0 and is_bytes(kind.field(at).type)
    return is_bytes(kind)


def is_bytes(kind: pa.DataType) -> bool:
    """Whether a type is bytes of any length, in any of Arrow's forms."""
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is text in any of Arrow's forms, categories among them."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def image_columns(opened: pq.ParquetFile) -> list[str]:
    """The columns that hold images: structs of bytes, and bytes that are not short texts, as paths are."""
    schema = opened.schema_arrow
    columns = [field.name for field in schema if holds_images(field.type)]
    return [
        name for name in columns
        if schema.names.count(name) == 1 and not (is_bytes(schema.field(name).type) and _are_texts(opened, name))
    ]  # fmt: skip


def _are_texts(opened: pq.ParquetFile, column: str) -> bool:
    """Whether the first bytes in a column are short printable text, as paths are and no image format begins."""
    values: list[bytes] = []
    for batch in opened.iter_batches(batch_size=_PEEKED, columns=[column]):
        values = [value for value in batch.column(0).to_pylist() if value]
        if values:
            break
    return bool(values) and all(map(_TEXT.fullmatch, values))


def holds_paths_only(opened: pq.ParquetFile, column: str) -> bool:
    """Whether a column is Hugging Face's {bytes, path} with no bytes in it: images that lie where they lay.

    Images that are there end it at the first few rows.
    """
    kind = opened.schema_arrow.field(column).type
    if not (_has_path(kind) and kind.get_field_index("bytes") >= 0):
        return False
    paths = 0
    for batch in opened.iter_batches(batch_size=_PEEKED, columns=[column]):
        image = batch.column(0)
        if pc.struct_field(image, "bytes").null_count < len(image):
            return False
        paths += len(image) - pc.struct_field(image, "path").null_count
    return paths > 0


def paths_as_text(table: pa.Table) -> pa.Table:
    """A table with its columns of {bytes, path} as their paths."""
    for at, field in enumerate(table.schema):
        if holds_images(field.type) and _has_path(field.type):
            table = table.set_column(at, field.name, pc.struct_field(table.column(at), "path"))
    return table


def _has_path(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind) and kind.get_field_index("path") >= 0)
