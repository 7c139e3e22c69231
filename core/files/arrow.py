"""Files for pyarrow by any path: it encodes a path as UTF-8, and the bytes of a folder's name need not be that.

So it is handed files that are open, and never a path; a path as bytes it takes as it is, and only here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .broken import BROKEN

BROKEN_TABLE = (*BROKEN, pa.ArrowException)
"""What a damaged table raises. The dashboard reads none, and does without pyarrow until an image in one is opened."""


def readable(file: Path | str) -> pa.NativeFile:
    """A file, open for a reader of pyarrow's, which closes it when it goes. Raises OSError."""
    return pa.OSFile(os.fsencode(file), "rb")


def write_parquet_file(table: pa.Table, to: Path, **how: Any) -> None:
    """Write a table under a path. how: as `pq.write_table` takes it. Raises OSError."""
    with pa.OSFile(os.fsencode(to), "wb") as file:
        pq.write_table(table, file, **how)


def write_parquet_parts(parts: Iterable[pa.Table], schema: pa.Schema, to: Path) -> None:
    """Write tables of one schema below each other, one in memory at a time. Raises OSError."""
    with pa.OSFile(os.fsencode(to), "wb") as file, pq.ParquetWriter(file, schema) as writer:
        for part in parts:
            writer.write_table(part)
