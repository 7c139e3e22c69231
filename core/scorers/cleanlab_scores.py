"""cleanlab's label quality scores, beside our own: the same out-of-fold probabilities, its formulas."""

from __future__ import annotations

import numpy as np

from ..errors import ExtraMissing
from ..maths.other_classes import best_other
from ..types import HARDER_HIGH, UNLABELLED, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, required_features, why_not_compared
from .inputs.asks import COMPARES_CLASSES
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
    asks=COMPARES_CLASSES,
    form=2,
)
def cleanlab(inputs: Inputs, folds: int = 5, seed: int = 0) -> list[ScoreColumn]:
    """cleanlab's self-confidence and normalised margin over our probe's out-of-fold probabilities, sign turned.

    Range 0..1. Stored as one minus cleanlab's score, so that higher is harder here as everywhere. The suggested label
    is the most probable other class, and doubted is a label less probable than it.
    """
    features = required_features(inputs, "cleanlab")
    fit = labelled_fit(inputs)
    labelled = inputs.labels != UNLABELLED
    result = probe_probabilities(features, inputs.labels, fit, inputs.n_classes, folds=folds, seed=seed)
    probabilities, judged = result.probabilities, labelled & ~result.unseen
    columns, other = [], best_other(probabilities, inputs.labels, judged, nothing=0.0)
    for method in ("self_confidence", "normalized_margin"):
        values = np.full(len(features), np.nan, np.float32)
        if judged.any():  # cleanlab refuses no rows
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
                reason=why_not_compared(inputs, ~judged),
            )
        )
    return columns
