"""Centroid: is an image closer to its own class's mean direction than to any other's?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..maths.other_classes import best_other
from ..maths.vectors import unit_rows
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, reasons, required_features
from .inputs.asks import COMPARES_CLASSES
from .registry import register


@dataclass(frozen=True)
class DirectionSums:
    """What the classes' mean directions are made of, and what adds up over rows that are read apart.

    totals: (K, d) float64, the sum of the unit vectors of each class's rows. counts: (K,) those rows.
    """

    totals: NDArray[np.float64]
    counts: NDArray[np.int64]

    def __add__(self, other: DirectionSums) -> DirectionSums:
        return DirectionSums(self.totals + other.totals, self.counts + other.counts)


def direction_sums(unit: Floats, labels: Ints, fit: Bools, n_classes: int) -> DirectionSums:
    """The sums of some rows. unit: (n, d) of length 1; labels: (n,) int; fit: (n,) bool, labelled rows that count."""
    totals = np.zeros((n_classes, unit.shape[1]))
    np.add.at(totals, labels[fit], unit[fit])
    return DirectionSums(totals, np.bincount(labels[fit], minlength=n_classes))


def similarity_to(sums: DirectionSums, unit: Floats, labels: Ints, fit: Bools) -> Floats:
    """Cosine similarity of rows to every class's mean direction, a row among the sums never counting in its own.

    unit: (n, d) of length 1; labels: (n,) int; fit: (n,) bool, the labelled rows that `sums` holds.
    Returns (n, K) float64, NaN for a class that has no row, or none but the image itself.
    """
    length = np.linalg.norm(sums.totals, axis=1)
    dots = unit @ sums.totals.T.astype(np.float32)
    similarity = np.divide(dots, length, out=np.full(dots.shape, np.nan), where=length > 0)
    # Without itself, exactly and in O(n): (s - z).z and |s - z| follow from s.z, |s| and |z|.
    rows, own = np.flatnonzero(fit), labels[fit]
    own_dot, square = dots[rows, own].astype(np.float64), np.einsum("nd,nd->n", unit[rows], unit[rows])
    rest = np.sqrt(np.maximum(length[own] ** 2 - 2 * own_dot + square, 0.0))
    alone = sums.counts[own] == 1
    similarity[rows, own] = np.divide(own_dot - square, rest, out=np.full(len(rows), np.nan), where=~alone & (rest > 0))
    return np.asarray(similarity)


def centroid_similarity(features: Floats, labels: Ints, fit: Bools, n_classes: int) -> Floats:
    """Cosine similarity of every image to every class's mean direction, an image never counting in its own.

    features: (n, d); labels: (n,) int; fit: (n,) bool, labelled rows the means are taken over.
    Returns (n, n_classes) float64, NaN for a class that has no row, or none but the image itself.
    """
    unit = unit_rows(features)
    return similarity_to(direction_sums(unit, labels, fit, n_classes), unit, labels, fit)


@register(
    "centroid",
    needs={"features", "labels", "fit"},
    source="nearest-centroid rule (Tibshirani et al. 2002) on unit vectors, leave-one-out",
    direction=HARDER_HIGH,
    asks=COMPARES_CLASSES,
    form=2,
)
def centroid(inputs: Inputs) -> list[ScoreColumn]:
    """Cosine distance to the own class's centroid less that to the nearest other class's.

    Range -2..2, higher is harder; the suggested label is the closest other class, and doubted is a label above 0, which
    that class is closer than.
    """
    unit, fit = unit_rows(required_features(inputs, "centroid")), labelled_fit(inputs)
    sums = direction_sums(unit, inputs.labels, fit, inputs.n_classes)
    return [centroid_column(unit, inputs.labels, fit, sums, lone(inputs))]


def centroid_column(unit: Floats, labels: Ints, fit: Bools, sums: DirectionSums, alone: Bools) -> ScoreColumn:
    """The column of `centroid` of some rows, by sums that may be of many others.

    unit: (n, d) of length 1. fit: (n,) bool, the labelled rows that `sums` holds. alone: (n,) whose class has no other
    row there.
    """
    similarity, labelled = similarity_to(sums, unit, labels, fit), labels != UNLABELLED
    rows = np.flatnonzero(labelled)
    own = np.full(len(unit), np.nan)
    own[rows] = similarity[rows, labels[rows]]
    others = np.where(np.isnan(similarity), -np.inf, similarity)
    others[rows, labels[rows]] = -np.inf
    nearest_other = others.max(axis=1)
    compared = labelled & ~np.isnan(own) & ~np.isneginf(nearest_other)
    values = np.full(len(unit), np.nan, np.float32)
    values[compared] = (nearest_other - own)[compared]
    other = best_other(similarity, labels, compared)
    return ScoreColumn(
        name="centroid",
        values=values,
        direction=HARDER_HIGH,
        scorer="centroid",
        fitted_on=f"{int(sums.counts.sum())} labelled training images, each without itself",
        suggested_label=other.label,
        doubted=other.doubted,
        reason=reasons(
            unlabelled=~labelled,
            whose_class_has_no_other_image_to_learn_from=alone,
            of_a_class_without_a_direction=labelled & ~alone & ~compared,
        ),
    )
