"""RMD: how far an image lies from its class, beyond how far it lies from everything."""

from __future__ import annotations

import numpy as np

from ..errors import BadInput
from ..folds import stratified_folds
from ..gaussians import DEFAULT_RIDGE, Gaussians, class_distances, fit_gaussians, gaussians_from, own_class_distance
from ..moments import accumulate, pilot_shift, pooled
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Inputs, Ints, ScoreColumn
from .registry import register
from .required import labelled_fit, reasons, required_features

FOLDS = 5
AUTO_COMPONENTS = 128
ROWS_PER_DIMENSION = 20  # below this many, the small directions of the covariance are mostly noise
Reduction = int | float | str | None


def relative_mahalanobis(
    features: Floats,
    labels: Ints,
    n_classes: int,
    *,
    fit: Bools | None = None,
    pca: Reduction = "auto",
    ridge: float = DEFAULT_RIDGE,
) -> Floats:
    """Relative Mahalanobis distance of each row to its own class: MD(x, y) - MD_agn(x), squared distances.

    features: (n, d). labels: (n,) in 0..n_classes-1 or UNLABELLED. fit: (n,) bool, rows to fit on, all by default.
    pca: "auto" (128 components if fewer than 20 d rows), None, a number of components or a share of variance.
    Returns (n,) float32, any sign, higher is harder; NaN for the unlabelled and for classes without a row to fit on.
    Raises BadInput where no covariance exists. Cui et al. 2023, section 3; Ren et al. 2021.
    """
    kept = labels != UNLABELLED if fit is None else fit & (labels != UNLABELLED)
    components = resolve_pca(pca, int(kept.sum()), features.shape[1])
    gaussians = fit_gaussians(features[kept], labels[kept], n_classes, ridge=ridge, pca=components)
    return own_class_distance(gaussians, features, labels, relative=True)


def resolve_pca(pca: Reduction, n_rows: int, dimension: int) -> int | float | None:
    """What pca means for this many rows: a number of components, a share of variance, or None for no reduction."""
    if pca == "auto":
        return AUTO_COMPONENTS if dimension > AUTO_COMPONENTS and n_rows < ROWS_PER_DIMENSION * dimension else None
    if isinstance(pca, str):
        raise BadInput(f"pca is {pca!r}.", "Give auto, a number of components, or a share of variance such as 0.99.")
    return pca


def compare_classes(gaussians: Gaussians, features: Floats, labels: Ints) -> tuple[Floats, Ints, Floats]:
    """Each row against all classes, without ever holding (n, K).

    Returns (n,) each: the smallest RMD; the class it is to; and the own class's RMD less the smallest of the others,
    NaN for the unlabelled and for classes the fit had no row of.
    """
    nearest, margin = np.empty(len(labels), np.float32), np.empty(len(labels), np.float32)
    nearest_class = np.empty(len(labels), np.int64)
    for rows, distances in class_distances(gaussians, features):
        every, own = np.arange(len(distances)), labels[rows]
        own_distance = distances[every, own]  # row -1 for the unlabelled, who get NaN below
        distances[np.isnan(distances)] = np.inf  # absent classes are nobody's nearest
        nearest_class[rows] = distances.argmin(axis=1)
        nearest[rows] = distances[every, nearest_class[rows]]
        distances[every, own] = np.inf
        margin[rows] = np.where(own == UNLABELLED, np.nan, own_distance - distances.min(axis=1))
    return nearest, nearest_class, margin


def fold_fits(
    features: Floats, labels: Ints, fit: Bools, n_classes: int, pca: int | float | None, ridge: float, seed: int
) -> tuple[Gaussians, list[tuple[Bools, Gaussians | None]]]:
    """The fit to all rows of `fit`, and for each fold its rows with the fit to the others. One pass over the data.

    None stands for a fold without which too little is left: fewer than two classes, or no spread within them.
    """
    fold = stratified_folds(features, labels, fit, FOLDS, seed)
    shift = pilot_shift(features[np.flatnonzero(fit)[:1000]])
    held_out = [fold == f for f in np.unique(fold[fit])]
    parts = [accumulate(features[rows], labels[rows], n_classes, shift) for rows in held_out]
    total = pooled(parts)
    whole = gaussians_from(total, pca=pca, ridge=ridge)
    fits: list[tuple[Bools, Gaussians | None]] = []
    for rows, part in zip(held_out, parts, strict=True):
        rest = total - part
        try:
            fits.append((rows, gaussians_from(rest, pca=pca, ridge=ridge) if rest.n_present > 1 else None))
        except BadInput:  # the caller gives these rows NaN and the reason
            fits.append((rows, None))
    return whole, fits


@register(
    "rmd",
    needs={"features", "labels", "fit"},
    source="Cui et al. 2023, section 3; to the nearest class: Ren et al. 2021",
    direction=HARDER_HIGH,
)
def rmd(
    inputs: Inputs, pca: Reduction = "auto", ridge: float = DEFAULT_RIDGE, out_of_fold: bool = True, seed: int = 0
) -> list[ScoreColumn]:
    """Relative Mahalanobis distance: how far from its class, beyond how far from everything.

    Any range, higher is harder. rmd: fitted on the training split. rmd_oof: each fifth of the training split is scored
    by a fit to the other four, so that it compares with held-out images. rmd_nearest: to the nearest class.
    rmd_margin: own class less nearest other; above 0 another class fits better. The suggested label is the nearest
    class. The last two are out of fold as well; with out_of_fold off there is one fit and no rmd_oof.
    """
    features, fit, labels = required_features(inputs, "rmd"), labelled_fit(inputs), inputs.labels
    n, components = len(labels), resolve_pca(pca, int(fit.sum()), features.shape[1])
    own, oof, nearest, margin = (np.full(n, np.nan, np.float32) for _ in range(4))
    nearest_class = np.full(n, UNLABELLED)
    two_classes = len(np.unique(labels[fit])) > 1  # with one class RMD is 0 for every image, which ranks nothing
    if two_classes:
        judged: list[tuple[Bools, Gaussians | None]]
        if out_of_fold:
            whole, folds = fold_fits(features, labels, fit, inputs.n_classes, components, ridge, seed)
            judged = [(~fit, whole), *folds]
        else:
            whole = fit_gaussians(features[fit], labels[fit], inputs.n_classes, pca=components, ridge=ridge)
            judged = [(np.ones(n, bool), whole)]
        own = own_class_distance(whole, features, labels, relative=True)
        for rows, gaussians in judged:
            if gaussians is not None and rows.any():
                oof[rows] = own_class_distance(gaussians, features[rows], labels[rows], relative=True)
                nearest[rows], nearest_class[rows], margin[rows] = compare_classes(
                    gaussians, features[rows], labels[rows]
                )
    fitted_on = f"{int(fit.sum())} labelled training images"
    fitted_out_of_fold = f"{fitted_on}, {FOLDS} folds, each by the others" if out_of_fold else fitted_on

    def column(name: str, values: Floats, fitted_on: str, suggested: Ints | None) -> ScoreColumn:
        missing = np.isnan(values)
        unlabelled = missing & (labels == UNLABELLED) & two_classes
        return ScoreColumn(
            name=name,
            values=values,
            direction=HARDER_HIGH,
            scorer="rmd",
            parameters={"pca": pca, "components": components, "ridge": ridge, "out_of_fold": out_of_fold, "seed": seed},
            fitted_on=fitted_on,
            suggested_label=suggested,
            reason=reasons(
                without_a_second_class_to_compare=missing & (not two_classes),
                unlabelled=unlabelled,
                whose_class_has_no_other_training_image=missing & ~unlabelled & two_classes,
            ),
        )

    columns = [column("rmd", own, fitted_on, None)]
    if out_of_fold:
        columns.append(column("rmd_oof", oof, fitted_out_of_fold, nearest_class))
    return [
        *columns,
        column("rmd_nearest", nearest, fitted_out_of_fold, nearest_class),
        column("rmd_margin", margin, fitted_out_of_fold, nearest_class),
    ]
