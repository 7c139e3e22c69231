"""Vectors in NumPy's files: an `.npy`, or a member of an `.npz`, block by block."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ...errors import BadInput
from ...images.filenames import to_text
from ..aligned.named_columns import id_text, pick, read_ids
from ..aligned.whose_rows import RowNames
from .rows import VectorRows, refuse_shape, rows_at_once

MEMBER = ".npy"


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, ...]
    by_column: bool
    kind: np.dtype[Any]


def read_npy(path: Path) -> VectorRows:
    """An array's rows. Raises BadInput, and what `BROKEN` lists."""
    with open(path, "rb") as file:
        header, start = _header(file), file.tell()
    refuse_shape(header.shape, header.kind, to_text(path.name))
    m, d = header.shape
    has, needs = path.stat().st_size - start, m * d * header.kind.itemsize
    if has < needs:
        raise EOFError(f"it breaks off, {has:,} of {needs:,} bytes of its numbers are there")

    def blocks() -> Iterator[NDArray[Any]]:
        # Read, and not mapped: pages of a mapping count as this process's memory, and in the end all are.
        step = rows_at_once(d)
        with open(path, "rb") as file:
            file.seek(start)
            for first in range(0, m, step):
                rows = min(step, m - first)
                if header.by_column:
                    yield _part_of_columns(file, start, header, first, rows)
                else:
                    yield np.fromfile(file, header.kind, rows * d).reshape(rows, d)

    return VectorRows((m, d), str(header.kind), "the array", RowNames(m), blocks)


def _part_of_columns(file: IO[bytes], start: int, header: _Header, first: int, rows: int) -> NDArray[Any]:
    (m, d), size = header.shape, header.kind.itemsize
    found = np.empty((d, rows), header.kind)
    for column in range(d):
        file.seek(start + (column * m + first) * size)
        found[column] = np.fromfile(file, header.kind, rows)
    return found.T


def read_npz(path: Path, key: str, id_key: str, value_names: Sequence[str], id_names: Sequence[str]) -> VectorRows:
    """One array of several, and ids in another. Raises BadInput, and what `BROKEN` lists."""
    headers = headers_of(path)
    value = pick(list(headers), key, (), "--key", path) or _only(path, headers, value_names)
    header = headers[value]
    refuse_shape(header.shape, header.kind, f"{value!r} in {to_text(path.name)}")
    others = [name for name in headers if name != value]
    identity = pick(others, id_key, id_names, "--id-key", path)
    ids = read_ids(read_member(path, identity).ravel().tolist(), path) if identity else None
    m, d = header.shape
    if ids is not None and len(ids) != m:
        raise BadInput(
            f"{to_text(path.name)} has {m:,} rows in {value!r} and {len(ids):,} ids in {identity!r}.",
            "Name the array of ids with --id-key, or pass --by-order.",
        )
    names = RowNames(m, ids, identity)

    def blocks() -> Iterator[NDArray[Any]]:
        yield from _blocks_of_member(path, value, header)

    ignored = tuple(name for name in others if name != identity)
    return VectorRows((m, d), str(header.kind), f"{value!r}", names, blocks, ignored)


def headers_of(path: Path) -> dict[str, _Header]:
    """Name -> shape and type of each array, in the file's order. What is no array is left out."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(MEMBER):
                with archive.open(name) as member:
                    found[name.removesuffix(MEMBER)] = _header(member)
    if not found:
        raise BadInput(f"{to_text(path.name)} is a zip file without arrays.", "Write it with np.savez.")
    return found


def read_member(path: Path, name: str) -> NDArray[Any]:
    """An array of an `.npz`, whole."""
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        return np.asarray(arrays[name])


def _only(path: Path, headers: dict[str, _Header], value_names: Sequence[str]) -> str:
    """The array that holds vectors: of a usual name, or the only one that can. Raises BadInput where that is open."""
    known = [name for name in headers if name.strip().lower() in value_names]
    flat = [name for name, header in headers.items() if len(header.shape) == 2 and header.kind.kind in "fiu"]
    fitting = known or flat or (list(headers) if len(headers) == 1 else [])
    if len(fitting) == 1:
        return fitting[0]
    shown = ", ".join(f"{id_text(name)!r} {header.shape}" for name, header in list(headers.items())[:10])
    raise BadInput(f"{to_text(path.name)} holds {shown}.", "Say which array holds the vectors with --key.")


def _header(file: IO[bytes]) -> _Header:
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"an array of format {version}")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    return _Header(*read(file))


def _blocks_of_member(path: Path, name: str, header: _Header) -> Iterator[NDArray[Any]]:
    (m, d), step = header.shape, rows_at_once(header.shape[1])
    if header.by_column:  # a row of such lies all over the file
        whole = read_member(path, name)
        yield from (whole[start : start + step] for start in range(0, m, step))
        return
    with zipfile.ZipFile(path) as archive, archive.open(name + MEMBER) as member:
        _header(member)
        for start in range(0, m, step):
            rows = min(step, m - start)
            data = member.read(rows * d * header.kind.itemsize)
            if len(data) < rows * d * header.kind.itemsize:
                raise EOFError(f"{name!r} breaks off after {start:,} of {m:,} rows")
            yield np.frombuffer(data, header.kind).reshape(rows, d)
