"""Vectors in Parquet: a column of lists, or a column of numbers for each dimension. Read batch by batch."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...errors import BadInput, command
from ...files.arrow import readable
from ...images.filenames import to_text
from ..aligned.named_columns import (
    ROW_INDEX,
    is_list,
    is_number,
    is_text,
    listed,
    pick,
    read_ids,
    texts_of,
    usual,
)
from ..aligned.whose_rows import RowNames
from ..repeats import refuse_twice
from .rows import VectorRows, refuse_shape, rows_at_once

_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d+)\D{0,8}")
_LIST_OF_NUMBERS = "a list column of numbers, or one column of numbers per dimension"


def read_parquet(path: Path, key: str, id_key: str, value_names: Sequence[str], id_names: Sequence[str]) -> VectorRows:
    """The rows of a table, and ids in a column of it. Raises BadInput, and what `BROKEN` lists."""
    with _opened(path) as opened:
        schema = opened.schema_arrow
        refuse_twice(schema.names, path)
        identity = pick(schema.names, id_key, (), "--id-key", path) or _usual_ids(schema, id_names)
        columns = _columns(path, schema, [name for name in schema.names if name != identity], key, value_names)
        names = _row_names(opened, path, identity, columns)
        first = next(opened.iter_batches(1, columns=columns), None)
    what = f"{columns[0]!r} in {to_text(path.name)}" if len(columns) == 1 else to_text(path.name)
    if first is None or not names.n:
        raise BadInput(f"{what} holds no vectors: 0 rows.", "Give one row of numbers per image.")
    sample = _matrix(first, columns, None, what)
    d = sample.shape[1]
    refuse_shape((names.n, d), sample.dtype, what)

    def blocks() -> Iterator[NDArray[Any]]:
        with _opened(path) as opened:
            for batch in opened.iter_batches(rows_at_once(d), columns=columns):
                yield _matrix(batch, columns, d, what)

    where = f"{columns[0]!r}" if len(columns) == 1 else f"{d} columns, {columns[0]!r} … {columns[-1]!r}"
    read = {*columns, *names.texts, identity, *ROW_INDEX}
    ignored = tuple(name for name in schema.names if name not in read)
    return VectorRows((names.n, d), str(sample.dtype), where, names, blocks, ignored)


def _row_names(opened: pq.ParquetFile, path: Path, identity: str, columns: Sequence[str]) -> RowNames:
    """What the other columns say of whose the rows are."""
    schema = opened.schema_arrow
    rest = [name for name in schema.names if name not in (identity, *columns)]
    texts = [name for name in rest if is_text(schema.field(name).type)]
    index = [name for name in rest if name in ROW_INDEX and pa.types.is_integer(schema.field(name).type)][:1]
    wanted = [*texts, *([identity] if identity else []), *index]
    beside = opened.read(columns=wanted)
    return RowNames(
        opened.metadata.num_rows,
        read_ids(beside[identity].to_pylist(), path) if identity else None,
        identity,
        texts_of(beside, texts),
        tuple(beside[index[0]].to_pylist()) if index else None,
    )


def _opened(path: Path) -> pq.ParquetFile:
    # What is read ahead would stay until the file is closed, which is all of it, and so would a row group's bytes.
    return pq.ParquetFile(readable(path), pre_buffer=False, buffer_size=1 << 20)


def _usual_ids(schema: pa.Schema, id_names: Sequence[str]) -> str:
    """A column of a usual name for ids that does not hold vectors. pandas makes whole numbers with a gap floats."""
    return usual([field.name for field in schema if not pa.types.is_nested(field.type)], id_names)


def _columns(path: Path, schema: pa.Schema, names: Sequence[str], key: str, value_names: Sequence[str]) -> list[str]:
    """The one column of lists, or those of numbers. Raises BadInput where it is not clear which."""
    name = to_text(path.name)
    if "*" in key:
        fitting = [each for each in names if fnmatchcase(each, key) and is_number(schema.field(each).type)]
        if not fitting:
            raise BadInput(f"{name} has no columns of numbers like {key!r}; it has {listed(names)}.", "Name others.")
        return _by_number(fitting)
    lists = [each for each in names if is_list(schema.field(each).type)]
    known = [each for each in lists if each.strip().lower() in value_names]
    if key:
        return [pick(names, key, (), "--key", path)]
    for fitting in (known, lists):
        if len(fitting) == 1:
            return fitting
        if fitting:
            raise BadInput(f"{name} has several list columns: {listed(fitting)}.", "Name one with --key.")
    return _number_columns(name, schema, names)


def _number_columns(name: str, schema: pa.Schema, names: Sequence[str]) -> list[str]:
    floats = [each for each in names if pa.types.is_floating(schema.field(each).type)]
    numbers = floats or [each for each in names if is_number(schema.field(each).type) and each not in ROW_INDEX]
    families: dict[str, list[str]] = defaultdict(list)
    for each in numbers:
        if found := _NUMBERED.fullmatch(each):
            families[found["stem"]].append(each)
    numbered = {stem: members for stem, members in families.items() if len(members) > 1}
    if len(numbered) > 1:
        ways = ", ".join(
            f"{len(members)} like {members[0]!r} (--key {stem + '*'!r})" for stem, members in numbered.items()
        )
        raise BadInput(f"{name} has several sets of numbered columns: {ways}.", "Name one with --key.")
    if numbered:
        return _by_number(next(iter(numbered.values())))
    if len(numbers) == 1:
        raise BadInput(
            f"{name} has one column of numbers, {numbers[0]!r}: one number an image is no vector.",
            f"Give {_LIST_OF_NUMBERS}; a score of each image is read by",
            command(None, "import-scores", "--help"),
        )
    if not numbers:
        raise BadInput(f"{name} has no vectors; it has {listed(names) or 'no columns'}.", f"Give {_LIST_OF_NUMBERS}.")
    return numbers


def _by_number(names: Sequence[str]) -> list[str]:
    """`f2` before `f10`, in whatever order the file has them: vectors of texts have to have the same."""
    found = [(_NUMBERED.fullmatch(name), name) for name in names]
    if not all(match for match, _ in found):
        return list(names)
    return [name for _, name in sorted(found, key=lambda each: int(each[0]["number"]) if each[0] else 0)]


def _matrix(batch: pa.RecordBatch, columns: Sequence[str], d: int | None, what: str) -> NDArray[Any]:
    """(b, d) numbers of a batch. Raises BadInput on lists of several lengths, gaps and what is no number."""
    if len(columns) > 1 or not is_list(batch.schema.field(columns[0]).type):
        return np.column_stack([_numbers(batch[name], f"{name!r} of {what}") for name in columns])
    lists = batch[columns[0]]
    if lists.null_count:
        raise BadInput(f"{what} has rows without a vector.", "Leave these rows out, and align by --id-key.")
    if not is_number(lists.type.value_type):
        raise BadInput(f"{what} holds lists of {lists.type.value_type}.", "Give lists of numbers.")
    flat = _numbers(lists.flatten(), what)
    widths = (
        {lists.type.list_size} if pa.types.is_fixed_size_list(lists.type) else set(lists.value_lengths().to_pylist())
    )
    widths |= set() if d is None else {d}
    if len(widths) > 1:
        shown = ", ".join(map(str, sorted(widths)[:5]))
        raise BadInput(f"The vectors in {what} differ in length: {shown}.", "Give vectors of one encoder.")
    return flat.reshape(len(lists), -1) if len(lists) else flat.reshape(0, d or 0)


def _numbers(column: pa.Array, what: str) -> NDArray[Any]:
    kind = column.type
    if not is_number(kind):
        raise BadInput(f"{what} is {kind}, not numbers.", f"Name {_LIST_OF_NUMBERS} with --key.")
    if column.null_count:
        raise BadInput(f"{what} has {column.null_count:,} cells without a number.", "Fill them, or leave the rows out.")
    if not pa.types.is_floating(kind):
        column = column.cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False))
