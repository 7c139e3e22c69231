"""The first and second moments of labelled vectors, and of numbers within groups: one pass, float64, and they add.

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

from ..errors import BadInput
from ..types import Floats, Ints
from .arithmetic import NUMPY, Arithmetic

NO_SPREAD = 1e-7  # of the largest value of a group: below that, it is float32's rounding
NO_GROUP = -1


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

    shift: (d,), the same for all sums that are to be added to each other. on: where they are summed.
    """

    def __init__(self, n_classes: int, shift: NDArray[np.float64], on: Arithmetic = NUMPY) -> None:
        self._shift, self._on, self._subtracted = shift, on, on.put(shift)
        self._counts = np.zeros(n_classes, np.int64)
        self._totals = on.put(np.zeros((n_classes, len(shift))))
        self._products = on.put(np.zeros((len(shift), len(shift)), order="F"))

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
        on = self._on
        for start in range(0, len(labels), on.rows_at_once):
            chunk, part = features[start : start + on.rows_at_once], labels[start : start + on.rows_at_once]
            labelled = part >= 0
            if not labelled.all():
                chunk, part = chunk[labelled], part[labelled]
            shifted = on.centred(chunk, self._subtracted, np.float64)
            self._products = on.plus_products(self._products, shifted)
            on.plus_by_class(self._totals, shifted, part)
            self._counts += np.bincount(part, minlength=n_classes)
        # One NaN or infinity anywhere reaches the diagonal.
        if not np.isfinite(on.take(self._products.diagonal())).all():
            bad = np.flatnonzero(~np.isfinite(features).all(axis=1) & (labels >= 0))
            raise BadInput(
                f"{len(bad)} rows of features are not finite, the first is row {bad[0] if len(bad) else '?'}.",
                "Leave these images out of the fit, or embed them again.",
            )
        return self

    def sums(self) -> Sums:
        """The sums so far."""
        upper = np.triu(self._on.take(self._products))
        totals = np.array(self._on.take(self._totals))
        return Sums(self._shift, self._counts.copy(), totals, upper + np.triu(upper, 1).T)


def accumulate(features: Floats, labels: Ints, n_classes: int, shift: NDArray[np.float64]) -> Sums:
    """Sums of the labelled rows of one array; arguments and errors as those of `Running` and its `add`."""
    return Running(n_classes, shift).add(features, labels).sums()


@dataclass(frozen=True)
class GroupMoments:
    """What the mean and the standard deviation of each of G groups are made of. All (G,).

    counts: its rows. means: of them. squares: the sum of their squared deviations from that mean. largest: the largest
    absolute value. Sums of parts differ from those of the whole by rounding of float64 alone.
    Chan, Golub & LeVeque 1979.
    """

    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    squares: NDArray[np.float64]
    largest: NDArray[np.float64]

    def __add__(self, other: GroupMoments) -> GroupMoments:
        counts = self.counts + other.counts
        share = other.counts / np.maximum(counts, 1)
        apart = other.means - self.means
        return GroupMoments(
            counts, self.means + apart * share, self.squares + other.squares + apart**2 * self.counts * share,
            np.maximum(self.largest, other.largest),
        )  # fmt: skip

    @property
    def deviations(self) -> NDArray[np.float64]:
        """(G,) standard deviation, ddof 0; 0 of an empty group."""
        return np.asarray(np.sqrt(self.squares / np.maximum(self.counts, 1)))

    def standardised(self, values: Floats, groups: Ints) -> NDArray[np.float64]:
        """(value - mean of its group) / standard deviation of its group.

        values: (n,). groups: (n,) int, NO_GROUP for none. Returns (n,), NaN for a row without a finite value or a
        group, and where a group has no spread: 0/0 is unknown, and a 0 would pass for an ordinary row of its group.
        """
        spread = self.deviations
        known = np.flatnonzero(_counted(values, groups))
        rows = known[(spread > NO_SPREAD * self.largest)[groups[known]]]
        result = np.full(len(values), np.nan)
        result[rows] = (values[rows].astype(np.float64) - self.means[groups[rows]]) / spread[groups[rows]]
        return result


def group_moments(values: Floats, groups: Ints, n_groups: int) -> GroupMoments:
    """The moments of some rows. values: (n,). groups: (n,) int in 0..n_groups-1, NO_GROUP for none.

    Rows without a finite value or a group take no part.
    """
    rows = np.flatnonzero(_counted(values, groups))
    counts = np.bincount(groups[rows], minlength=n_groups)
    order, stops = rows[np.argsort(groups[rows], kind="stable")], np.cumsum(counts)
    means, squares, largest = np.zeros(n_groups), np.zeros(n_groups), np.zeros(n_groups)
    for group in np.flatnonzero(counts):
        members = values[order[stops[group] - counts[group] : stops[group]]].astype(np.float64)
        means[group] = members.mean()
        squares[group] = np.square(members - means[group]).sum()
        largest[group] = np.abs(members).max()
    return GroupMoments(counts, means, squares, largest)


def _counted(values: Floats, groups: Ints) -> NDArray[np.bool_]:
    return np.asarray((groups != NO_GROUP) & np.isfinite(values))
