"""The first and second moments of labelled vectors: one pass, float64, and they add.

Everything Gaussian in Hardlook is computed from `Sums`, so data are read once, in chunks of any size, and sums of
folds, files, machines or augmented passes pool by `+` and come apart by `-`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import get_blas_funcs
from scipy.sparse import csr_array

from ..errors import BadInput
from ..types import Floats, Ints

_syrk = get_blas_funcs("syrk", dtype=np.float64)

CHUNK = 2048  # rows at a time: 8 MB of float64 at d = 512, small against the cache misses that larger ones cost


@dataclass(frozen=True)
class Sums:
    """Sufficient statistics of Gaussians with class means and one covariance, all float64.

    shift: (d,) a pilot near the mean that was subtracted first, so that nothing cancels. counts: (K,) labelled rows per
    class. totals: (K, d) sum of (z - shift) per class. scatter: (d, d) sum of (z - shift)(z - shift)ᵀ.
    """

    shift: NDArray[np.float64]
    counts: NDArray[np.int64]
    totals: NDArray[np.float64]
    scatter: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Labelled rows."""
        return int(self.counts.sum())

    @property
    def n_present(self) -> int:
        """Classes with at least one row."""
        return int((self.counts > 0).sum())

    def __add__(self, other: Sums) -> Sums:
        self._check(other)
        return Sums(self.shift, self.counts + other.counts, self.totals + other.totals, self.scatter + other.scatter)

    def __sub__(self, other: Sums) -> Sums:
        """What is left without rows that were counted before: a fit without one fold."""
        self._check(other)
        return Sums(self.shift, self.counts - other.counts, self.totals - other.totals, self.scatter - other.scatter)

    def mapped(self, basis: NDArray[np.float64]) -> Sums:
        """The sums of the rows z @ basis, without touching the rows again. basis: (d, p)."""
        return Sums(self.shift @ basis, self.counts, self.totals @ basis, basis.T @ self.scatter @ basis)

    def covariances(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The mean of all rows (d,), class offsets from it (K, d; 0 for absent classes) and the tied covariance (d, d).

        Covariances divide by N, as the paper does. Raises BadInput if no row is labelled.
        """
        if self.n == 0:
            raise BadInput("No labelled image to fit on.", "Give labels, or choose a split that has them.")
        class_means = self.totals / np.maximum(self.counts, 1)[:, None]
        weighted = class_means * np.sqrt(self.counts)[:, None]
        within = (self.scatter - weighted.T @ weighted) / self.n
        offset = self.totals.sum(axis=0) / self.n
        offsets = np.where(self.counts[:, None] > 0, class_means - offset, 0.0)
        return self.shift + offset, offsets, within

    def _check(self, other: Sums) -> None:
        if self.totals.shape != other.totals.shape or not np.array_equal(self.shift, other.shift):
            raise ValueError("sums add only if they share the pilot shift, the dimension and the classes")


def pooled(parts: Sequence[Sums]) -> Sums:
    """The sum of at least one part."""
    return reduce(add, parts)


def pilot_shift(features: Floats, rows: int = 1000) -> NDArray[np.float64]:
    """(d,) the mean of the first finite rows: any point near the data will do, as long as all sums share it."""
    first = features[:rows]
    finite = first[np.isfinite(first).all(axis=1)]
    return np.asarray(finite.mean(axis=0, dtype=np.float64)) if len(finite) else np.zeros(features.shape[1])


class Running:
    """Sums that rows are added to in place, so that many small blocks cost no more than one large one.

    shift: (d,), the same for all sums that are to be added to each other.
    """

    def __init__(self, n_classes: int, shift: NDArray[np.float64]) -> None:
        self._shift = shift
        self._counts = np.zeros(n_classes, np.int64)
        self._totals = np.zeros((n_classes, len(shift)))
        self._triangle = np.zeros((len(shift), len(shift)), order="F")

    def add(self, features: Floats, labels: Ints) -> Self:
        """Add the labelled rows. features: (n, d). labels: (n,) in 0..n_classes-1 or UNLABELLED.

        Raises BadInput on a label out of range, on lengths that differ, and on features that are not finite.
        """
        n_classes = len(self._counts)
        if len(features) != len(labels):
            raise BadInput(
                f"There are {len(features)} feature rows and {len(labels)} labels.", "Give one label per row."
            )
        if len(labels) and labels.max() >= n_classes:
            raise BadInput(
                f"Label {labels.max()} is not below the number of classes, {n_classes}.", "Check the labels."
            )
        for start in range(0, len(labels), CHUNK):
            chunk, part = features[start : start + CHUNK], labels[start : start + CHUNK]
            labelled = part >= 0
            if not labelled.all():
                chunk, part = chunk[labelled], part[labelled]
            shifted = np.subtract(chunk, self._shift, dtype=np.float64)
            # syrk fills one triangle, for half the work of a product; .T of a C array is a Fortran array, so no copy.
            self._triangle = _syrk(1.0, shifted.T, beta=1.0, c=self._triangle, overwrite_c=True)
            present, place, counts = np.unique(part, return_inverse=True, return_counts=True)
            members = csr_array((np.ones(len(part)), (place, np.arange(len(part)))), shape=(len(present), len(part)))
            self._totals[present] += members @ shifted
            self._counts[present] += counts
        if not np.isfinite(self._triangle.diagonal()).all():  # one NaN or infinity anywhere reaches the diagonal
            bad = np.flatnonzero(~np.isfinite(features).all(axis=1) & (labels >= 0))
            raise BadInput(
                f"{len(bad)} rows of features are not finite, the first is row {bad[0] if len(bad) else '?'}.",
                "Leave these images out of the fit, or embed them again.",
            )
        return self

    def sums(self) -> Sums:
        """The sums so far."""
        upper = np.triu(self._triangle)
        return Sums(self._shift, self._counts.copy(), self._totals.copy(), upper + np.triu(upper, 1).T)


def accumulate(features: Floats, labels: Ints, n_classes: int, shift: NDArray[np.float64]) -> Sums:
    """Sums of the labelled rows of one array; arguments and errors as those of `Running` and its `add`."""
    return Running(n_classes, shift).add(features, labels).sums()
