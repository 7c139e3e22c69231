"""The vectors of whole classes, kept in memory for review: neighbours within a class in a millisecond.

Cards ask for the same classes again and again, and opening a run's file costs more than comparing a class of it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from ..store.vectors import read_rows
from ..types import Floats, Ints
from .reader import Reader
from .similar import Neighbour, most_similar, neighbours

MOST_BYTES = 96_000_000
"""What is kept of one embedding: some two hundred classes of 1,300 images at 64 numbers each, twenty at 1,024."""


@dataclass(eq=False)
class ClassVectors:
    """One embedding run by class, the classes asked for last. Safe across threads."""

    reader: Reader
    run_id: str
    _kept: OrderedDict[int, tuple[Ints, Floats]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, label: int) -> tuple[Ints, Floats]:
        """Ids (m,) and vectors (m, d) of the images of a class that have one. label: UNLABELLED for those without."""
        with self._lock:
            if label in self._kept:
                self._kept.move_to_end(label)
                return self._kept[label]
        ids = np.flatnonzero(self.reader.labels == label)
        # Copied: a block is a view into memory that DuckDB hands over.
        blocks = [(found, np.array(rows)) for found, rows in read_rows(self.reader.hub.audit, self.run_id, ids)]
        made = (
            np.concatenate([np.empty(0, np.int32), *(found for found, _ in blocks)]),
            np.concatenate([rows for _, rows in blocks]) if blocks else np.empty((0, 0), np.float32),
        )
        with self._lock:
            self._kept[label] = made
            while len(self._kept) > 1 and sum(rows.nbytes for _, rows in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return made

    def vector(self, image_id: int) -> Floats | None:
        """(d,) float32, None for an image that could not be embedded."""
        ids, vectors = self.of(int(self.reader.labels[image_id]))
        found = np.flatnonzero(ids == image_id)
        return vectors[found[0]] if len(found) and np.isfinite(vectors[found[0]]).all() else None

    def nearest(self, vector: Floats, label: int, k: int, *, but: int) -> list[Neighbour]:
        """The k images of a class whose vectors are nearest. but: an image that is left out, the one asked about."""
        ids, vectors = self.of(label)
        others = ids != but
        return (
            neighbours(self.reader, most_similar(vector, [(ids[others], vectors[others])], k)) if others.any() else []
        )
