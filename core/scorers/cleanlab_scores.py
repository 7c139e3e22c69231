"""cleanlab's label quality scores, beside our own: the same out-of-fold probabilities, its formulas."""

from __future__ import annotations

import numpy as np

from ..errors import ExtraMissing
from ..maths.other_classes import best_other
from ..types import HARDER_HIGH, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, reasons, required_features
from .probe import probe_probabilities
from .registry import register


def cleanlab_scores(probabilities: Floats, labels: Ints, method: str) -> Floats:
    """One minus cleanlab's label quality score, (n,) float64 in 0..1: its low is bad becomes our higher is harder.

    method: "self_confidence" or "normalized_margin". Raises ExtraMissing without the package.
    """
    try:
        from cleanlab.rank import get_label_quality_scores
    except ImportError as error:
        raise ExtraMissing("The cleanlab scorer needs cleanlab.", "Run: pip install 'hardlook[cleanlab]'") from error
    return np.asarray(1.0 - get_label_quality_scores(labels, probabilities, method=method), dtype=np.float64)


@register(
    "cleanlab",
    needs={"features", "labels", "fit"},
    source="Northcutt, Jiang & Chuang 2021; the package cleanlab, cleanlab.rank.get_label_quality_scores",
    direction=HARDER_HIGH,
    form=2,
)
def cleanlab(inputs: Inputs, folds: int = 5, seed: int = 0) -> list[ScoreColumn]:
    """cleanlab's self-confidence and normalised margin over our probe's out-of-fold probabilities, sign turned.

    Range 0..1. Stored as one minus cleanlab's score, so that higher is harder here as everywhere. The suggested label
    is the most probable other class, and doubted is a label less probable than it.
    """
    features = required_features(inputs, "cleanlab")
    fit = labelled_fit(inputs)
    judged: Bools = inputs.labels >= 0
    probabilities = np.zeros((len(features), inputs.n_classes), np.float32)
    if len(np.unique(inputs.labels[fit])) < 2:
        judged = np.zeros(len(features), bool)
    else:
        result = probe_probabilities(features, inputs.labels, fit, inputs.n_classes, folds=folds, seed=seed)
        probabilities, judged = result.probabilities, judged & ~result.unseen
    columns, other = [], best_other(probabilities, inputs.labels, judged, nothing=0.0)
    for method in ("self_confidence", "normalized_margin"):
        values = np.full(len(features), np.nan, np.float32)
        if judged.any():
            values[judged] = cleanlab_scores(probabilities[judged], inputs.labels[judged], method)
        columns.append(
            ScoreColumn(
                name=f"cleanlab_{method}",
                values=values,
                direction=HARDER_HIGH,
                scorer="cleanlab",
                parameters={"folds": folds, "seed": seed, "method": method},
                fitted_on=f"{int(fit.sum())} labelled training images, out of fold",
                suggested_label=other.label,
                doubted=other.doubted,
                reason=reasons(
                    unlabelled=inputs.labels < 0,
                    whose_class_has_no_other_to_learn_from=(inputs.labels >= 0) & ~judged,
                ),
            )
        )
    return columns
