"""The vectors of whole classes, kept in memory for review: neighbours within a class in a millisecond.

Cards ask for the same classes again and again, and opening a run's file costs more than comparing a class of it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from ...store.vectors import read_rows
from ...types import Floats, Ints
from ..view.reader import Reader
from ..view.similar import Neighbour, most_similar, nearest_of_class, neighbours, vector_of

MOST_BYTES = 96_000_000
"""What is kept of one embedding: some two hundred classes of 1,300 images at 64 numbers each, twenty at 1,024."""

MOST_OF_ONE = MOST_BYTES // 4
"""A class of more bytes is read block by block each time."""

Kept = tuple[Ints, Floats]
"""Ids (m,) and vectors (m, d) of the images of a class that have one."""


@dataclass(eq=False)
class ClassVectors:
    """One embedding run by class, the classes asked for last. Safe across threads."""

    reader: Reader
    run_id: str
    _kept: OrderedDict[int, Kept] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def vector(self, image_id: int) -> Floats | None:
        """(d,) float32, None for an image that could not be embedded."""
        kept = self._find(int(self.reader.labels[image_id]))
        if kept is None:
            return vector_of(self.reader, self.run_id, image_id)
        found = np.flatnonzero(kept[0] == image_id)
        return kept[1][found[0]] if len(found) and np.isfinite(kept[1][found[0]]).all() else None

    def nearest(self, vector: Floats, label: int, k: int, *, but: int) -> list[Neighbour]:
        """The k images of a class whose vectors are nearest. but: an image that is left out, the one asked about."""
        members = np.flatnonzero(self.reader.labels == label)
        if len(members) * vector.nbytes > MOST_OF_ONE:
            return nearest_of_class(self.reader, self.run_id, vector, label, k, but=but)
        ids, vectors = self._find(label) or self._read(label, members)
        others = ids != but
        if not others.any():
            return []
        return neighbours(self.reader, most_similar(vector, [(ids[others], vectors[others])], k))

    def _find(self, label: int) -> Kept | None:
        with self._lock:
            if label in self._kept:
                self._kept.move_to_end(label)
            return self._kept.get(label)

    def _read(self, label: int, members: Ints) -> Kept:
        # Copied: a block is a view into memory that DuckDB hands over.
        blocks = [(found, np.array(rows)) for found, rows in read_rows(self.reader.hub.audit, self.run_id, members)]
        made = (
            np.concatenate([np.empty(0, np.int32), *(found for found, _ in blocks)]),
            np.concatenate([rows for _, rows in blocks]) if blocks else np.empty((0, 0), np.float32),
        )
        with self._lock:
            self._kept[label] = made
            while len(self._kept) > 1 and sum(rows.nbytes for _, rows in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return made
