"""Tables in Parquet files whose every byte is held against a checksum when they are read.

Its pages have those that Parquet has. The footer, which says where the columns lie and what they are called, has none,
so a digest of it is written before it, with one of where the file lies: readers find what they read by the offsets in
the footer, and pass over both.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ....files.arrow import write_parquet_file
from .seals import DIGEST, SEAL, digest, digest_of, refuse_other

_END = 8  # bytes: the footer's length and the name of the format
_SEALED = len(SEAL) + 2 * DIGEST


def write_table(table: pa.Table, to: Path, place: str) -> None:
    """Write a table. place: see `digest_of`. Raises OSError."""
    write_parquet_file(table, to, write_page_checksum=True)
    with to.open("r+b") as file:
        start = _footer(file)
        file.seek(start)
        footer = file.read()
        file.seek(start)
        file.write(SEAL + digest_of(place) + digest(footer) + footer)


def read_table(opened: BinaryIO, place: str) -> pa.Table:
    """The table of a file, also of one that was written without checksums.

    Raises what pyarrow does on a damaged file, and ValueError.
    """
    start = _footer(opened)
    if start >= _SEALED:
        opened.seek(start - _SEALED)
        seal, of_place, of_footer = opened.read(len(SEAL)), opened.read(DIGEST), opened.read(DIGEST)
        if seal == SEAL:
            if digest(opened.read()) != of_footer:
                raise ValueError("its footer is not the one that was written")
            refuse_other(place, of_place)
    opened.seek(0)
    return pq.read_table(opened, page_checksum_verification=True)


def _footer(file: BinaryIO) -> int:
    """Where the footer begins. Raises ValueError where there is none."""
    size = file.seek(0, os.SEEK_END)
    if size < _END:
        raise ValueError(f"it has {size} bytes, and a Parquet file has more")
    file.seek(size - _END)
    start = size - _END - int.from_bytes(file.read(4), "little")
    if start < 0:
        raise ValueError("its footer would be longer than the file")
    return start
