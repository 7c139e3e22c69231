"""Rows with their vectors as they travel between shards: records in one file, of which a reader takes slices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ....maths.clusters.nearest import Members
from ....maths.folds import row_keys
from ....types import Ints
from ..begun import spec_named
from ..checked import checked
from ..folder import ShardFolder
from ..scores.embedded import Embedded
from ..stored.records import RecordFile

Records = NDArray[Any]
LABEL, HASH = 0, 1
"""Places of what is kept of a neighbour."""


def record_type(dimension: int) -> np.dtype[Any]:
    """A row: where it is in the whole, its cluster, what scores ask of a neighbour, and its vector as embedded."""
    return np.dtype([
        ("row", np.int64), ("cluster", np.int32), ("label", np.int32), ("fit", np.bool_), ("hash", np.uint64),
        ("key", np.uint64), ("vector", np.float32, (dimension,)),
    ])  # fmt: skip


def first_row(folder: ShardFolder, number: int) -> int:
    """The number in the whole of the first item of a shard."""
    return number * int(folder.header["rows"])


def records_of(folder: ShardFolder, embed: str, number: int, fit: list[str]) -> Records:
    """The rows of a shard that have a vector, in their order and in no cluster yet."""
    part = Embedded(folder, embed, number, fit)
    records = np.empty(len(part.rows), record_type(part.array.shape[1]))
    records["row"], records["cluster"] = first_row(folder, number) + part.rows, 0
    records["label"], records["fit"], records["vector"] = part.labels, part.fit, part.array
    records["hash"], records["key"] = hashes_of(folder, embed, number, part.rows), row_keys(part.array)
    return records


def hashes_of(folder: ShardFolder, embed: str, number: int, rows: Ints) -> NDArray[np.uint64]:
    """(m,) the content of items of a shard as `hash_numbers`. embed: of which embedding. rows: (m,) of the items."""
    _, facts = checked(folder, spec_named(folder, embed).inputs["ingest"], number)
    return hash_numbers(facts["content_hash"].take(rows))


def hash_numbers(hashes: pa.ChunkedArray) -> NDArray[np.uint64]:
    """(n,) a number for each content hash: equal for equal ones."""
    digests = (hashlib.blake2b(one.encode(), digest_size=8).digest() for one in hashes.to_pylist())
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def members(records: Records) -> Members:
    """Records, rising by row, as rows to search, with label and hash kept of each."""
    kept = np.column_stack([records["label"].astype(np.int64), records["hash"].view(np.int64)])
    return Members(np.ascontiguousarray(records["vector"]), records["row"], records["key"], kept)


def cut(parts: list[RecordFile], field: str, value: int, offset: int = 0) -> Ints:
    """Where each part, sorted by a field, is cut so that what lies before are all rows of less than a value and
    `offset` rows of that value, counted part after part. The parts' vectors are not read."""
    low = np.array([part.first_from(field, value) for part in parts], np.int64)
    high = np.array([part.first_from(field, value + 1) for part in parts], np.int64) if offset else low
    before = np.cumsum(high - low) - (high - low)
    return np.asarray(low + np.clip(offset - before, 0, high - low))


def in_blocks(start: int, stop: int, bounds: Ints, most: int) -> Iterator[tuple[int, slice]]:
    """The parts that hold positions start to stop, and where in each, `most` at a time.

    bounds: (p + 1,) the position at which each part begins, and the end of the last.
    """
    place = int(np.searchsorted(bounds, start, side="right")) - 1
    while start < stop:
        if start >= bounds[place + 1]:
            place += 1
            continue
        end = min(stop, int(bounds[place + 1]), start + most)
        yield place, slice(start - int(bounds[place]), end - int(bounds[place]))
        start = end
