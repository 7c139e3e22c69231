"""A file's vectors as rows that are read in blocks, and what is wrong with single rows of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInput, command
from ...types import Bools, Floats, Ints
from ...wording import some_of
from ..aligned.whose_rows import RowNames

BLOCK = 8 << 20  # bytes: large against the cost of asking for a block, and several of them are held at once
MOST_NUMBERS = 100_000
"""A vector has at most, in DuckDB's files."""


@dataclass(frozen=True)
class VectorRows:
    """m vectors of d numbers in a file, checked for their shape and type alone.

    kind: the type that they are stored in. where: the array or columns that they are. names: what the file says of
    whose they are. ignored: further columns. blocks: the rows from first to last, some thousand at a time, each time it
    is called.
    """

    shape: tuple[int, int]
    kind: str
    where: str
    names: RowNames
    blocks: Callable[[], Iterator[NDArray[Any]]]
    ignored: tuple[str, ...] = ()


def rows_at_once(d: int) -> int:
    """How many rows of d numbers are a block."""
    return min(max(BLOCK // (8 * d), 1), 8192)


def refuse_shape(shape: tuple[int, ...], kind: np.dtype[Any], what: str) -> None:
    """Raise BadInput unless an array is (m, d) real numbers. what: "features.npy", or an array in it."""
    shown = f"{what} has shape {shape} and type {kind}"
    if kind.hasobject:
        raise BadInput(
            f"{what} holds Python objects, which would have to be unpickled, and that can run code.",
            "Save numbers: np.save('features.npy', np.stack(list_of_vectors)).",
        )
    if kind.names or not (np.issubdtype(kind, np.floating) or np.issubdtype(kind, np.integer)):
        advice = "Save them as numbers: np.save('features.npy', features.astype('float32'))."
        if kind.names:
            advice = "Make one array of its fields: np.lib.recfunctions.structured_to_unstructured(features)."
        elif kind.kind == "V":
            advice = "PyTorch's bfloat16 is none of NumPy's: features.float().numpy()."
        raise BadInput(f"{shown}, which are no real numbers.", advice)
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        raise BadInput(
            f"{shown}: one number an image is no vector.",
            "Give one row of numbers per image; a score of each image is read by",
            command(None, "import-scores", "--help"),
        )
    if len(shape) != 2:
        raise BadInput(
            f"{shown}, and vectors are one row per image.",
            "Make one vector of each image first: features.mean(axis=1), or features.reshape(len(features), -1).",
        )
    if 0 in shape:
        raise BadInput(f"{shown}: it holds no vectors.", "Give one row of numbers per image.")
    if shape[1] > MOST_NUMBERS:
        raise BadInput(
            f"{shown}: {shape[1]:,} numbers an image are more than the {MOST_NUMBERS:,} that can be kept.",
            "Reduce them first, such as by PCA.",
        )


def as_stored(block: NDArray[Any]) -> Floats:
    """(b, d) float32, which is what audits store; infinite where a number is beyond its range."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(block, np.float32)


class RowFaults:
    """What is wrong with rows, gathered block by block."""

    def __init__(self) -> None:
        self.n = 0
        self._bad: dict[str, list[int]] = {_NOT_FINITE: [], _ZERO: []}
        self._first: Floats | None = None
        self._differ = False

    def add(self, block: NDArray[Any]) -> None:
        """Look at the next rows. block: (b, d)."""
        vectors = as_stored(block)
        finite: Bools = np.asarray(np.isfinite(vectors).all(axis=1))
        for fault, rows in ((_NOT_FINITE, ~finite), (_ZERO, finite & ~vectors.any(axis=1))):
            self._bad[fault] += (self.n + np.flatnonzero(rows)).tolist()
        self._first = np.array(vectors[0]) if self._first is None and len(vectors) else self._first
        self._differ = self._differ or bool((vectors != self._first).any())
        self.n += len(vectors)

    @property
    def all_the_same(self) -> bool:
        """Whether every row is the same vector."""
        return self.n > 1 and not self._differ

    def refuse(self, what: str, advice: str = "Mend them, or leave these rows out and align by --id-key.") -> None:
        """Raise BadInput naming the rows, counted from 0, that cannot be used."""
        for fault, rows in self._bad.items():
            if rows:
                raise BadInput(f"{what} has {len(rows):,} rows {fault}, counted from 0: {some_of(rows)}.", advice)


_NOT_FINITE = "with NaN, infinity or a number beyond 32 bits"
_ZERO = "of nothing but zeros, which are like no other vector"


def checked(blocks: Iterable[NDArray[Any]], what: str) -> RowFaults:
    """Look at all rows. Raises BadInput."""
    faults = RowFaults()
    for block in blocks:
        faults.add(block)
    faults.refuse(what)
    return faults


def in_image_order(rows: VectorRows, row_of_image: Ints, scratch: Callable[[], Path]) -> Iterator[tuple[Ints, Floats]]:
    """Image ids (b,), rising, and their vectors (b, d) float32, of the images that have a row.

    row_of_image: (n,) int, -1 for none. scratch: names a file for the vectors where the images are in another order.
    """
    images = np.flatnonzero(row_of_image >= 0).astype(np.int32)
    wanted = row_of_image[images]
    if (np.diff(wanted) > 0).all():
        yield from _as_they_come(rows, images, wanted)
        return
    d = rows.shape[1]
    with open(scratch(), "w+b") as file:
        for block in rows.blocks():
            as_stored(block).tofile(file)
        file.flush()
        for start in range(0, len(images), rows_at_once(d)):
            part = slice(start, start + rows_at_once(d))
            found = np.empty((len(images[part]), d), np.float32)
            for vector, row in zip(found, wanted[part].tolist(), strict=True):
                os.preadv(file.fileno(), [vector.data], 4 * d * row)
            yield images[part], found


def _as_they_come(rows: VectorRows, images: Ints, wanted: Ints) -> Iterator[tuple[Ints, Floats]]:
    done = start = 0
    for block in rows.blocks():
        end = int(np.searchsorted(wanted, start + len(block)))
        if end > done:
            yield images[done:end], as_stored(block[wanted[done:end] - start])
        start, done = start + len(block), end
