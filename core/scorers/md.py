"""MD: how far an image lies from its class, in units of the spread within classes. What RMD is measured against."""

from __future__ import annotations

import numpy as np

from ..maths.gaussians import DEFAULT_RIDGE, fit_gaussians, own_class_distance
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, reasons, required_features
from .registry import register


def mahalanobis(
    features: Floats, labels: Ints, n_classes: int, *, fit: Bools | None = None, ridge: float = DEFAULT_RIDGE
) -> Floats:
    """Squared Mahalanobis distance of each row to its own class, one covariance for all classes.

    features: (n, d). labels: (n,) in 0..n_classes-1 or UNLABELLED. fit: (n,) bool, rows to fit on, all by default.
    Returns (n,) float32, 0 or more, higher is harder; NaN for the unlabelled and for classes without a row to fit on.
    Raises BadInput where no covariance exists. Lee et al. 2018; the comparator of Cui et al. 2023, Tables 8 and 10.
    """
    kept = labels != UNLABELLED if fit is None else fit & (labels != UNLABELLED)
    gaussians = fit_gaussians(features[kept], labels[kept], n_classes, ridge=ridge)
    return own_class_distance(gaussians, features, labels, relative=False)


@register(
    "md",
    needs={"features", "labels", "fit"},
    source="Lee et al. 2018; the comparator of Cui et al. 2023, Tables 8 and 10",
    direction=HARDER_HIGH,
)
def md(inputs: Inputs, ridge: float = DEFAULT_RIDGE) -> list[ScoreColumn]:
    """Mahalanobis distance to the own class, which counts the directions that say nothing about classes as well.

    0 or more, higher is harder.
    """
    features, fit, labels = required_features(inputs, "md"), labelled_fit(inputs), inputs.labels
    values = np.full(len(labels), np.nan, np.float32)
    if fit.any():
        values = mahalanobis(features, labels, inputs.n_classes, fit=fit, ridge=ridge)
    labelled = labels != UNLABELLED
    return [
        ScoreColumn(
            name="md",
            values=values,
            direction=HARDER_HIGH,
            scorer="md",
            parameters={"ridge": ridge},
            fitted_on=f"{int(fit.sum())} labelled training images",
            reason=reasons(unlabelled=~labelled, whose_class_has_no_training_image=labelled & np.isnan(values)),
        )
    ]
