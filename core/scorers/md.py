"""MD: how far an image lies from its class, in units of the spread within classes. What RMD is measured against."""

from __future__ import annotations

import numpy as np

from ..maths.gaussians import DEFAULT_RIDGE, fit_gaussians, own_class_distance
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, reasons, required_features
from .inputs.asks import Asks
from .registry import register
from .rmd import PLAIN, Reduction, resolve_pca


def mahalanobis(
    features: Floats,
    labels: Ints,
    n_classes: int,
    *,
    fit: Bools | None = None,
    ridge: float = DEFAULT_RIDGE,
    pca: int | float | None = None,
) -> Floats:
    """Squared Mahalanobis distance of each row to its own class, one covariance for all classes.

    features: (n, d). labels: (n,) in 0..n_classes-1 or UNLABELLED. fit: (n,) bool, rows to fit on, all by default.
    pca: components, or a share of variance, to reduce to first; None for none.
    Returns (n,) float32, 0 or more, higher is harder; NaN for the unlabelled and for classes without a row to fit on.
    Raises BadInput where no covariance exists. Lee et al. 2018; the comparator of Cui et al. 2023, Tables 8 and 10.
    """
    kept = labels != UNLABELLED if fit is None else fit & (labels != UNLABELLED)
    gaussians = fit_gaussians(features[kept], labels[kept], n_classes, ridge=ridge, pca=pca)
    return own_class_distance(gaussians, features, labels, relative=False)


@register(
    "md",
    needs={"features", "labels", "fit"},
    source="Lee et al. 2018; the comparator of Cui et al. 2023, Tables 8 and 10",
    direction=HARDER_HIGH,
    form=3,
    plain=PLAIN,
    asks=Asks(classes=1, others=True),
)
def md(inputs: Inputs, ridge: float = DEFAULT_RIDGE, pca: Reduction = "auto") -> list[ScoreColumn]:
    """Mahalanobis distance to the own class, which counts the directions that say nothing about classes as well.

    Squared, without a unit, 0 or more, higher is harder. md: of the embedding as it is. md_pca: after RMD's reduction,
    so that the two differ in nothing but the background; left out where RMD reduces nothing. pca: as RMD's.
    """
    features, fit = required_features(inputs, "md"), labelled_fit(inputs)
    components = resolve_pca(pca, int(fit.sum()), features.shape[1])
    columns = [_column(inputs, features, fit, "md", ridge, None)]
    if components is not None:
        columns.append(_column(inputs, features, fit, "md_pca", ridge, components))
    return columns


def _column(
    inputs: Inputs, features: Floats, fit: Bools, name: str, ridge: float, components: int | float | None
) -> ScoreColumn:
    alone = lone(inputs)  # its class's mean is itself, at distance 0, which says nothing
    values = mahalanobis(features, inputs.labels, inputs.n_classes, fit=fit, ridge=ridge, pca=components)
    values[alone] = np.nan
    return ScoreColumn(
        name=name,
        values=values,
        direction=HARDER_HIGH,
        scorer="md",
        parameters={"ridge": ridge, "components": components},
        fitted_on=f"{int(fit.sum())} labelled training images",
        reason=reasons(unlabelled=inputs.labels == UNLABELLED, whose_class_has_no_other_image_to_learn_from=alone),
    )
