"""What the files of an audit hold, by value: two folders are equal if a reader could not tell them apart.

Left out is what is never the same twice: when something was done and how long it took.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

NOT_COMPARED = {"seconds", "created", "revision", "time", "nonce"}
SQLITES_OWN = ("-wal", "-shm")
"""Endings of the files that SQLite keeps beside a database and takes up again by itself."""

TIMES = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?[0-9.:+Z]*|\d+(\.\d+)? (ms|s|min|h)\b")


def values_of(folder: Path) -> dict[str, str]:
    """Path below the folder -> a digest of what the file holds. Every file counts, hidden ones too."""
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    kept = [path for path in files if not path.name.endswith(SQLITES_OWN)]
    return {path.relative_to(folder).as_posix(): value_of(path) for path in kept}


def differences(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """What of `ours` is more, less or other than `theirs`, a line for each file."""
    return [
        *(f"left over: {name}" for name in ours.keys() - theirs.keys()),
        *(f"missing: {name}" for name in theirs.keys() - ours.keys()),
        *(f"differs: {name}" for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]),
    ]


def value_of(path: Path, *, tables: Collection[str] = ()) -> str:
    """A digest of what a file holds; of a link, of where it points. tables: those alone, of a file of DuckDB."""
    if path.is_symlink():
        return f"link to {path.readlink()}"
    if tables:
        return _duckdb(path, tables)
    return _READERS.get(path.suffix, _bytes)(path)


def _duckdb(path: Path, tables: Collection[str] = ()) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with duckdb.connect(str(path), read_only=True) as connection:
        for (name,) in connection.sql("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall():
            if tables and name not in tables:
                continue
            described = connection.sql(f'DESCRIBE "{name}"').fetchall()
            columns = [column for column, *_ in described if column not in NOT_COMPARED]
            digest.update(json.dumps([name, columns]).encode())
            if columns:
                listed = ", ".join(f'"{column}"' for column in columns)
                _add(digest, connection.sql(f'SELECT {listed} FROM "{name}" ORDER BY ALL').to_arrow_table())
    return digest.hexdigest()


def _sqlite(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").fetchall():
            described = connection.execute(f'PRAGMA table_info("{name}")').fetchall()
            columns = [column[1] for column in described if column[1] not in NOT_COMPARED]
            listed = ", ".join(f'"{column}"' for column in columns)
            rows = connection.execute(f'SELECT {listed} FROM "{name}" ORDER BY 1').fetchall()
            digest.update(repr([name, columns, rows]).encode())
    return digest.hexdigest()


def _parquet(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    _add(digest, pq.read_table(path))
    return digest.hexdigest()


def _arrays(path: Path) -> str:
    found = np.load(path, allow_pickle=False)
    named = {name: found[name] for name in found.files} if path.suffix == ".npz" else {"": found}
    digest = hashlib.blake2b(digest_size=16)
    for name, one in sorted(named.items()):
        digest.update(repr([name, one.dtype, one.shape]).encode() + one.tobytes())
    return digest.hexdigest()


def _weights(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    _add_tensors(digest, torch.load(path, weights_only=True, map_location="cpu"))
    return digest.hexdigest()


def _bytes(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _text(path: Path) -> str:
    return hashlib.blake2b(TIMES.sub(b"", path.read_bytes()), digest_size=16).hexdigest()


def _add(digest: Any, table: pa.Table) -> None:
    digest.update(repr([str(table.schema), table.to_pydict()]).encode())  # in Arrow's bytes, nulls hide anything


def _add_tensors(digest: Any, value: Any) -> None:
    if isinstance(value, dict):
        for name in sorted(value, key=str):
            digest.update(str(name).encode())
            _add_tensors(digest, value[name])
    elif isinstance(value, torch.Tensor):
        digest.update(value.contiguous().numpy().tobytes())
    else:
        digest.update(repr(value).encode())


_READERS: dict[str, Callable[[Path], str]] = {
    ".duckdb": _duckdb, ".sqlite": _sqlite, ".parquet": _parquet, ".npz": _arrays, ".npy": _arrays, ".pt": _weights,
    ".json": _text, ".html": _text, ".md": _text, ".csv": _text,
}  # fmt: skip
