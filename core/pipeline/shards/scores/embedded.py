"""A shard as a scorer reads it: vectors, labels and which rows are fitted on."""

from __future__ import annotations

import numpy as np

from ....maths.vectors import Vectors, as_vectors
from ....types import UNLABELLED, Bools
from ..folder import ShardFolder
from ..stage import ledger_named, read_part


class Embedded:
    """The rows of a shard that have a finite vector.

    rows: (m,) of the items, rising. vectors: (m, d). labels: (m,). fit: (m,) bool, labelled rows of those splits.
    """

    def __init__(self, folder: ShardFolder, embed: str, number: int, splits: list[str]) -> None:
        items = folder.items(number)
        column = read_part(ledger_named(folder, embed).part(number))["vector"].combine_chunks()
        everything = column.values.to_numpy().reshape(len(column), column.type.list_size)
        self.n_items = items.num_rows
        self.rows = np.flatnonzero(as_vectors(everything).finite)
        self.array = everything[self.rows]
        self.labels = items["label"].fill_null(UNLABELLED).to_numpy()[self.rows]
        split = np.asarray(items["split"].to_pylist(), np.str_)[self.rows]
        self.fit: Bools = np.isin(split, splits) & (self.labels != UNLABELLED)

    @property
    def vectors(self) -> Vectors:
        """(m, d) of those rows, in blocks."""
        return as_vectors(self.array)
