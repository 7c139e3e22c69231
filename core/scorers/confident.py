"""Confident learning: how many labels of each class are wrong, and how far each image is on the wrong side."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..maths.other_classes import BestOther, best_other
from ..metrics.confident import LabelNoise, confident_learning
from ..types import HARDER_HIGH, UNLABELLED, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, required_features, why_not_compared
from .inputs.asks import COMPARES_CLASSES
from .predictions import given_probability
from .probe import probe_probabilities
from .registry import register

MOST_PAIRS = 100
"""Entries of the noise matrix that are kept: of K² nobody reads more, and parameters are read whole wherever scores are
listed."""


def confident_margin(probabilities: Floats, labels: Ints, thresholds: Floats) -> tuple[Floats, Floats]:
    """How far the best other class is above its threshold, less the given one, (n,) in -2..2; and each class, (n, K).

    probabilities: (n, K) out of sample, K at least 2; labels: (n,) int, NaN where UNLABELLED; thresholds: (K,), each
    class's mean probability among its own labels. A class without one, NaN, has 1, which no probability passes.
    """
    above = probabilities.astype(np.float64) - np.where(np.isnan(thresholds), 1.0, thresholds)
    others = above.copy()
    rows = np.flatnonzero(labels != UNLABELLED)
    others[rows, labels[rows]] = -np.inf
    return others.max(axis=1) - given_probability(above, labels), above


def noise_parameters(noise: LabelNoise) -> dict[str, Any]:
    """The estimates as JSON holds them, to four digits; classes by label number, those without a label left out."""
    found: dict[str, Any] = {
        "estimated_error_rate": round(noise.overall, 4),
        "error_rate_by_class": {
            str(label): round(float(rate), 4) for label, rate in enumerate(noise.error_rate) if not np.isnan(rate)
        },
    }
    off = noise.joint - np.diag(np.diag(noise.joint))
    given, true = np.unravel_index(np.argsort(-off, axis=None, kind="stable")[:MOST_PAIRS], off.shape)
    share = off[given, true] / np.maximum(noise.joint.sum(axis=0)[true], 1e-300)
    found["noise_pairs"] = [
        {"given": int(i), "true": int(j), "images": int(noise.counts[i, j]), "share": round(float(part), 4)}
        for i, j, part in zip(given, true, share, strict=True)
        if off[i, j] > 0
    ]
    found["noise_pairs_in_all"] = int(np.count_nonzero(off))
    return found


@register(
    "confident",
    needs={"features", "labels", "fit"},
    source="confident learning: Northcutt, Jiang & Chuang 2021, sections 3.1 and 3.2",
    direction=HARDER_HIGH,
    form=2,
    asks=COMPARES_CLASSES,
)
def confident(inputs: Inputs, folds: int = 5, seed: int = 0) -> list[ScoreColumn]:
    """How far another class is above its threshold, less the given one, by the probe's out-of-fold probabilities.

    A class's threshold is its mean probability among the images that carry its label, so that a class the probe is
    seldom sure of is not taken for a wrong one. A difference of probabilities, higher is harder. The suggested label is
    the other class furthest above its threshold, and doubted is a label above 0, which that class is ahead of.

    The estimates are stricter: they count an image only for a class whose threshold it reaches, the most probable of
    those. They are kept in the column's parameters: estimated_error_rate, the share of labels that are wrong;
    error_rate_by_class, the same of each given class; and noise_pairs, the 100 largest entries of the noise matrix off
    its diagonal: how many images given one class are confidently another, and the share of all that are truly that
    other; noise_pairs_in_all, how many entries there are.
    """
    features = required_features(inputs, "confident")
    fit = labelled_fit(inputs)
    labelled = inputs.labels != UNLABELLED
    result = probe_probabilities(features, inputs.labels, fit, inputs.n_classes, folds=folds, seed=seed)
    judged = labelled & ~result.unseen
    values = np.full(len(features), np.nan)
    other = BestOther(np.full(len(features), UNLABELLED), np.zeros(len(features), bool))
    estimates: dict[str, Any] = {}
    if judged.any():
        labels = np.where(judged, inputs.labels, UNLABELLED)
        noise = confident_learning(result.probabilities, labels)
        values, above = confident_margin(result.probabilities, labels, noise.thresholds)
        other = best_other(above, inputs.labels, judged)
        estimates = noise_parameters(noise)
    return [
        ScoreColumn(
            name="confident",
            values=values.astype(np.float32),
            direction=HARDER_HIGH,
            scorer="confident",
            parameters={"folds": folds, "seed": seed, **estimates},
            fitted_on=f"{int(fit.sum())} labelled training images, out of fold",
            suggested_label=other.label,
            doubted=other.doubted,
            reason=why_not_compared(inputs, ~judged),
        )
    ]
