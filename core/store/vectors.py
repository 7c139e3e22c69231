"""The vectors of an embedding run, read block by block within a fixed memory, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ..files.opened import closed_on_error
from ..maths.vectors import ROWS_STEP, InMemory, Vectors, block_rows
from ..types import Floats, Ints
from .audit import Audit
from .database.connect import MEMORY_LIMIT, attach
from .database.damage import reading


class StoredVectors(Vectors):
    """(n, d) float32 in image_id order; NaN for an image that the run has no row of."""

    def __init__(self, audit: Audit, run_id: str) -> None:
        self._path = audit.run_path(run_id)
        with reading(self._path), closing(attached(self._path)) as connection:
            ids = connection.sql("SELECT image_id FROM run.embedding").to_arrow_table()["image_id"].to_numpy()
            empty = connection.sql("SELECT vector FROM run.embedding LIMIT 0").to_arrow_table()
        self.shape = (int(ids.max(initial=-1)) + 1, empty.schema.field("vector").type.list_size)
        self._complete = len(ids) == len(self)
        self._in_order = bool((np.diff(ids) > 0).all())  # as `embed` commits them

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """From one scan of the file. The array is overwritten when the next block is asked for."""
        if not self._in_order:
            yield from InMemory(np.asarray(self)).blocks()
            return
        # One buffer for all blocks: fresh memory for each would cost more than reading it full.
        longest = next(block_rows(*self.shape), slice(0, 0)).stop
        buffer: Floats = np.empty((longest, self.shape[1]), np.float32)
        scan = self._scan()
        ids, vectors = next(scan, (np.empty(0, np.int32), buffer))
        for rows in block_rows(*self.shape):
            block = buffer[: rows.stop - rows.start]
            if not self._complete:
                block[:] = np.nan
            while len(ids) and ids[0] < rows.stop:
                inside = int(np.searchsorted(ids, rows.stop))
                block[ids[:inside] - rows.start] = vectors[:inside]
                ids, vectors = ids[inside:], vectors[inside:]
                if not len(ids):
                    ids, vectors = next(scan, (ids, vectors))
            yield rows, block

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        whole = (np.empty if self._complete else _missing)(self.shape, dtype or np.float32)
        for ids, vectors in self._scan():
            whole[ids] = vectors
        return whole

    def _scan(self) -> Iterator[tuple[Ints, Floats]]:
        """Ids (m,) and vectors (m, d), some thousand at a time, as they lie in the file."""
        with reading(self._path), closing(attached(self._path)) as connection:
            for batch in connection.sql("SELECT image_id, vector FROM run.embedding").to_arrow_reader(ROWS_STEP):
                vectors = batch.column("vector").flatten().to_numpy().reshape(-1, self.shape[1])
                yield batch.column("image_id").to_numpy(), vectors


def read_rows(audit: Audit, run_id: str, ids: Ints) -> Iterator[tuple[Ints, Floats]]:
    """Ids (m,) and vectors (m, d) of these images, some thousand at a time; images without a row are absent.

    ids: (n,) int. Only the parts of the file that hold one of them are read.
    """
    if len(ids) == 0:
        return
    query = """SELECT image_id, vector FROM run.embedding
               WHERE image_id BETWEEN ? AND ? AND image_id IN (SELECT unnest(?))"""
    path = audit.run_path(run_id)
    with reading(path), closing(attached(path)) as connection:
        wanted = [int(ids.min()), int(ids.max()), ids.tolist()]
        for batch in connection.sql(query, params=wanted).to_arrow_reader(ROWS_STEP):
            flat = batch.column("vector").flatten().to_numpy()
            yield batch.column("image_id").to_numpy(), flat.reshape(batch.num_rows, -1)


def text_vectors(audit: Audit, run_id: str) -> dict[str, Floats]:
    """Text -> (d,) float32, of an embedding that texts were imported with."""
    path = audit.run_path(run_id)
    with reading(path), closing(attached(path)) as connection:
        found = connection.execute("SELECT text, vector FROM run.text_vector").fetchall()
    return {text: np.array(vector, np.float32) for text, vector in found}


def attached(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection of its own to a run's file, as `run`, within MEMORY_LIMIT."""
    # One thread: rows are handed over one batch after the other, and waiting for a second thread costs more.
    with closed_on_error(duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": 1})) as connection:
        attach(connection, path, "run")
    return connection


def _missing(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    return np.full(shape, np.nan, dtype)
