"""Centroid: is an image closer to its own class's mean direction than to any other's?"""

from __future__ import annotations

import numpy as np

from ..maths.neighbors import unit_rows
from ..maths.other_classes import best_other
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, reasons, required_features
from .inputs.asks import COMPARES_CLASSES
from .registry import register


def centroid_similarity(features: Floats, labels: Ints, fit: Bools, n_classes: int) -> Floats:
    """Cosine similarity of every image to every class's mean direction, an image never counting in its own.

    features: (n, d); labels: (n,) int; fit: (n,) bool, labelled rows the means are taken over.
    Returns (n, n_classes) float64, NaN for a class that has no row, or none but the image itself.
    """
    unit = unit_rows(features)
    sums = np.zeros((n_classes, unit.shape[1]))
    np.add.at(sums, labels[fit], unit[fit])
    length = np.linalg.norm(sums, axis=1)
    dots = unit @ sums.T.astype(np.float32)
    similarity = np.divide(dots, length, out=np.full(dots.shape, np.nan), where=length > 0)
    # Without itself, exactly and in O(n): (s - z).z and |s - z| follow from s.z, |s| and |z|.
    rows, own = np.flatnonzero(fit), labels[fit]
    own_dot, square = dots[rows, own].astype(np.float64), np.einsum("nd,nd->n", unit[rows], unit[rows])
    rest = np.sqrt(np.maximum(length[own] ** 2 - 2 * own_dot + square, 0.0))
    alone = np.bincount(own, minlength=n_classes)[own] == 1
    similarity[rows, own] = np.divide(own_dot - square, rest, out=np.full(len(rows), np.nan), where=~alone & (rest > 0))
    return np.asarray(similarity)


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
    features = required_features(inputs, "centroid")
    fit = labelled_fit(inputs)
    similarity = centroid_similarity(features, inputs.labels, fit, inputs.n_classes)
    labelled, alone = inputs.labels != UNLABELLED, lone(inputs)
    rows = np.flatnonzero(labelled)
    own = np.full(len(features), np.nan)
    own[rows] = similarity[rows, inputs.labels[rows]]
    others = np.where(np.isnan(similarity), -np.inf, similarity)
    others[rows, inputs.labels[rows]] = -np.inf
    nearest_other = others.max(axis=1)
    compared = labelled & ~np.isnan(own) & ~np.isneginf(nearest_other)
    values = np.full(len(features), np.nan, np.float32)
    values[compared] = (nearest_other - own)[compared]
    other = best_other(similarity, inputs.labels, compared)
    return [
        ScoreColumn(
            name="centroid",
            values=values,
            direction=HARDER_HIGH,
            scorer="centroid",
            fitted_on=f"{int(fit.sum())} labelled training images, each without itself",
            suggested_label=other.label,
            doubted=other.doubted,
            reason=reasons(
                unlabelled=~labelled,
                whose_class_has_no_other_image_to_learn_from=alone,
                of_a_class_without_a_direction=labelled & ~alone & ~compared,
            ),
        )
    ]
