"""k nearest neighbours: how many of the images most like this one carry another label."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..maths.neighbors import build, nearest
from ..maths.other_classes import best_other
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, reasons, required_features
from .inputs.asks import COMPARES_CLASSES
from .registry import register


def neighbor_votes(similarity: Floats, neighbor_labels: Ints, n_classes: int) -> Floats:
    """Each class's share of a query's neighbours, ties broken by closeness.

    similarity: (m, k) cosine; neighbor_labels: (m, k) int, UNLABELLED where a neighbour is missing.
    Returns (m, n_classes) float64, rows summing to 1 (to 0 without neighbours): (count + w) / (neighbours + 1),
    where w is the class's share of the neighbours weighted by 1 / cosine distance. One whole neighbour always
    outweighs w, so w orders only what the counts leave equal.
    """
    present = neighbor_labels != UNLABELLED
    distance = np.maximum(1.0 - np.nan_to_num(similarity.astype(np.float64)), 1e-6)
    closeness = np.where(present, 1.0 / distance, 0.0)
    closeness /= np.maximum(closeness.sum(axis=1, keepdims=True), 1e-300)
    votes = np.zeros((len(similarity), n_classes))
    row, column = np.nonzero(present)
    np.add.at(votes, (row, neighbor_labels[row, column]), 1.0 + closeness[row, column])
    return np.asarray(votes / (present.sum(axis=1, keepdims=True) + 1))


NEIGHBORS = 20


@register(
    "knn",
    needs={"features", "labels", "fit"},
    may_use={"arithmetic"},
    source="Cover & Hart 1967; as a detector of wrong labels: Bahri, Jiang & Gupta 2020, section 3",
    direction=HARDER_HIGH,
    asks=COMPARES_CLASSES,
    form=2,
)
def knn(inputs: Inputs, k: int = NEIGHBORS) -> list[ScoreColumn]:
    """Share of the k most similar training images that carry another label.

    Range 0..1, higher is harder; the suggested label is the neighbours' favourite among the other classes, and doubted
    is a label that has fewer of them than it. NaN where no other training image has the label: all neighbours carry
    another one then, right or wrong.
    """
    features = required_features(inputs, "knn")
    rows = np.flatnonzero(labelled_fit(inputs))
    index = build(features, rows, on=inputs.arithmetic)
    similarity, found = nearest(index, features, k, query_rows=np.arange(len(features)))
    found_labels = np.where(found >= 0, inputs.labels[found], UNLABELLED)
    parameters = {"k": k, "similarity": "cosine", **index.recorded}
    fitted_on = f"{len(rows)} labelled training images, each without itself"
    return [knn_column(similarity, found_labels, inputs.labels, inputs.n_classes, lone(inputs), parameters, fitted_on)]


def knn_column(
    similarity: Floats, found_labels: Ints, labels: Ints, n_classes: int, alone: Bools,
    parameters: Mapping[str, object], fitted_on: str,
) -> ScoreColumn:  # fmt: skip
    """The column of `knn` of some rows, whose neighbours may be elsewhere.

    similarity: (n, k) to the nearest labelled training images; found_labels: (n, k) theirs, UNLABELLED where one is
    missing. labels: (n,). alone: (n,) whose class has no other row to learn from.
    """
    labelled = labels != UNLABELLED
    values = np.full(len(labels), np.nan, np.float32)
    votes = neighbor_votes(similarity, found_labels, n_classes)
    isolated = np.asarray((found_labels == UNLABELLED).all(axis=1))
    known = labelled & ~isolated & ~alone
    values[known] = 1.0 - votes[known, labels[known]]
    other = best_other(votes, labels, known, nothing=0.0)
    return ScoreColumn(
        name="knn",
        values=values,
        direction=HARDER_HIGH,
        scorer="knn",
        parameters=parameters,
        fitted_on=fitted_on,
        suggested_label=other.label,
        doubted=other.doubted,
        reason=reasons(
            unlabelled=~labelled,
            whose_class_has_no_other_image_to_learn_from=alone,
            without_a_neighbour=labelled & isolated & ~alone,
        ),
    )
