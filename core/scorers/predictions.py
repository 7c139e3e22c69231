"""Scores of a trained model's probabilities: how sure it is, and how sure of the given label."""

from __future__ import annotations

import numpy as np

from ..maths.other_classes import best_other
from ..types import HARDER_HIGH, UNLABELLED, Floats, Ints, ScoreColumn
from .inputs import Inputs, reasons, required_probabilities
from .inputs.asks import BETWEEN_CLASSES
from .registry import register


def given_probability(probabilities: Floats, labels: Ints) -> Floats:
    """Probability of each image's given label, (n,) float64, NaN where unlabelled. probabilities: (n, n_classes)."""
    rows = np.flatnonzero(labels != UNLABELLED)
    given = np.full(len(labels), np.nan)
    given[rows] = probabilities[rows, labels[rows]]
    return given


def probability_margin(probabilities: Floats, labels: Ints) -> Floats:
    """Largest other class's probability less the given label's, (n,) float64 in -1..1, higher is harder.

    NaN where unlabelled. With one class there is no other, and its probability counts as 0.
    """
    others = np.array(probabilities, dtype=np.float64)
    rows = np.flatnonzero(labels != UNLABELLED)
    others[rows, labels[rows]] = 0.0
    return np.asarray(others.max(axis=1) - given_probability(probabilities, labels))


def entropy_of(probabilities: Floats) -> Floats:
    """Shannon entropy in nats, (n,) float64 in 0..ln(n_classes); 0 ln 0 is 0."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.asarray(-np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=1))


def cross_entropy(probabilities: Floats, labels: Ints, floor: float = 1e-12) -> Floats:
    """-ln of the given label's probability, (n,) float64 in nats, NaN where unlabelled.

    floor: the least probability counted, so that a float32 zero costs 27.6 nats and not infinity.
    """
    return np.asarray(-np.log(np.maximum(given_probability(probabilities, labels), floor)))


def _column(name: str, probabilities: Floats, values: Floats, labels: Ints | None = None) -> ScoreColumn:
    """A column of a trained model's outputs. labels: the given ones, where it judges them and suggests others."""
    unpredicted = np.asarray(np.isnan(probabilities).any(axis=1))
    other = None if labels is None else best_other(probabilities, labels, ~unpredicted, nothing=0.0)
    return ScoreColumn(
        name=name,
        values=values.astype(np.float32),
        direction=HARDER_HIGH,
        scorer=name,
        fitted_on="the trained model's own training images",
        suggested_label=other.label if other else None,
        doubted=other.doubted if other else None,
        reason=reasons(without_a_prediction=unpredicted, unlabelled=np.isnan(values) & ~unpredicted),
    )


@register(
    "self_confidence",
    needs={"probabilities", "labels"},
    source="Northcutt, Jiang & Chuang 2021, section 3 (self-confidence, here one minus it)",
    direction=HARDER_HIGH,
    asks=BETWEEN_CLASSES,
    form=2,
)
def self_confidence(inputs: Inputs) -> list[ScoreColumn]:
    """One minus the trained model's probability of the given label. Range 0..1, higher is harder.

    The suggested label is the most probable other class, and doubted is a label less probable than it.
    """
    p = required_probabilities(inputs, "self_confidence")
    return [_column("self_confidence", p, 1.0 - given_probability(p, inputs.labels), inputs.labels)]


@register(
    "margin",
    needs={"probabilities", "labels"},
    source="Northcutt, Jiang & Chuang 2021, section 3 (normalised margin, sign turned)",
    direction=HARDER_HIGH,
    asks=BETWEEN_CLASSES,
    form=2,
)
def margin(inputs: Inputs) -> list[ScoreColumn]:
    """The largest other class's probability less the given label's. Range -1..1, higher is harder.

    The suggested label is that other class, and doubted is a label above 0, which is less probable than it.
    """
    p = required_probabilities(inputs, "margin")
    return [_column("margin", p, probability_margin(p, inputs.labels), inputs.labels)]


@register(
    "max_confidence",
    needs={"probabilities"},
    source="Hendrycks & Gimpel 2017 (maximum softmax probability, here one minus it)",
    direction=HARDER_HIGH,
    asks=BETWEEN_CLASSES,
)
def max_confidence(inputs: Inputs) -> list[ScoreColumn]:
    """One minus the trained model's largest probability, labels unused. Range 0..1, higher is harder."""
    p = required_probabilities(inputs, "max_confidence")
    return [_column("max_confidence", p, 1.0 - p.max(axis=1))]


@register(
    "entropy",
    needs={"probabilities"},
    source="Shannon 1948; Cui et al. 2023, section 4",
    direction=HARDER_HIGH,
    asks=BETWEEN_CLASSES,
)
def entropy(inputs: Inputs) -> list[ScoreColumn]:
    """Entropy of the trained model's probabilities in nats, labels unused. Higher is harder."""
    p = required_probabilities(inputs, "entropy")
    return [_column("entropy", p, entropy_of(p))]


@register(
    "loss",
    needs={"probabilities", "labels"},
    source="Cui et al. 2023, Tables 8 and 10 (per-sample loss)",
    direction=HARDER_HIGH,
    asks=BETWEEN_CLASSES,
    form=2,
)
def loss(inputs: Inputs) -> list[ScoreColumn]:
    """The trained model's cross-entropy on the given label in nats, at the end. Higher is harder.

    The suggested label is the most probable other class, and doubted is a label less probable than it.
    """
    p = required_probabilities(inputs, "loss")
    return [_column("loss", p, cross_entropy(p, inputs.labels), inputs.labels)]
