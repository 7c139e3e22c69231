"""Whether vectors tell the given labels apart at all: rows in a wrong order do so no better than chance."""

from __future__ import annotations

import numpy as np

from ...types import UNLABELLED, Floats, Ints

NO_BETTER_THAN_CHANCE = 2.0  # times what a random order has on average; vectors worth scoring lie far above
FEWEST = 5  # labelled images a class: with fewer, chance itself explains most of what there is


class ClassesApart:
    """The share of the vectors' variance that lies between the classes' means, summed up block by block."""

    def __init__(self, n_classes: int, d: int) -> None:
        self._counts = np.zeros(n_classes, np.int64)
        self._sums = np.zeros((n_classes, d))
        self._squares = 0.0

    def add(self, vectors: Floats, labels: Ints) -> None:
        """Look at more images. vectors: (b, d), finite. labels: (b,), UNLABELLED where there is none."""
        kept = labels != UNLABELLED
        order = np.argsort(labels[kept], kind="stable")
        rows = np.asarray(vectors[kept][order], np.float64)
        if not len(rows):
            return
        found, starts, counts = np.unique(labels[kept][order], return_index=True, return_counts=True)
        self._sums[found] += np.add.reduceat(rows, starts)
        self._counts[found] += counts
        self._squares += float(np.einsum("nd,nd->", rows, rows))

    def no_better_than_chance(self) -> bool:
        """Whether labels drawn at random would be told apart nearly as well. False where too few images say so."""
        n, k = int(self._counts.sum()), int((self._counts > 0).sum())
        if k < 2 or n < FEWEST * k:
            return False
        of_all = float(np.square(self._sums.sum(axis=0)).sum()) / n
        there = self._counts > 0
        between = float((np.square(self._sums[there]).sum(axis=1) / self._counts[there]).sum()) - of_all
        total = self._squares - of_all
        # Expected of labels in a random order: (k - 1) / (n - 1) of the variance.
        return between * (n - 1) < NO_BETTER_THAN_CHANCE * (k - 1) * total
