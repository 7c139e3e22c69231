"""RMD: how far an image lies from its class, beyond how far it lies from everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..maths.arithmetic import NUMPY, Arithmetic
from ..maths.folds import stratified_folds
from ..maths.gaussians import (
    DEFAULT_RIDGE,
    Gaussians,
    class_distances,
    fit_gaussians,
    gaussians_from,
    own_class_distance,
)
from ..maths.moments import Running, Sums, pilot_shift, pooled
from ..maths.vectors import Vectors
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, required_vectors, why_not_compared
from .inputs.asks import COMPARES_CLASSES
from .registry import register

FOLDS = 5
NOT_FITTED = -1  # the fold of a row that no fit saw, and that the fit to all others judges
AUTO_COMPONENTS = 128
ROWS_PER_DIMENSION = 20  # below this many, the small directions of the covariance are mostly noise
Reduction = int | float | str | None
PLAIN = {"pca": None, "ridge": 0}
"""The formula alone, as published: the covariance of all directions and nothing added to it."""


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


def compare_classes(
    gaussians: Gaussians, features: Floats, labels: Ints, on: Arithmetic = NUMPY
) -> tuple[Floats, Floats, Ints, Floats]:
    """Each row against all classes, without ever holding (n, K).

    Returns (n,) each: RMD to the own class; the smallest RMD; the nearest class but the own one; and the own class's
    RMD less that one's. First and last are NaN for the unlabelled, whose nearest class is that of all, and for classes
    the fit had no row of, for which there is no nearest other: UNLABELLED.
    """
    own, nearest, margin = (np.full(len(labels), np.nan, np.float32) for _ in range(3))
    other = np.full(len(labels), UNLABELLED)
    absent, xp = on.put(gaussians.counts == 0), on.xp
    for rows, to_own, distances in class_distances(gaussians, features, labels, on=on):
        given, every = on.put(labels[rows]), on.put(np.arange(len(distances)))
        if absent.any():
            distances[:, absent] = np.inf  # nobody's nearest
        to_nearest = xp.amin(distances, axis=1)
        labelled, alone = given != UNLABELLED, xp.isnan(to_own)
        to_its_own = distances[every, given]  # by the same sum as the others; column -1 for the unlabelled
        distances[every[labelled], given[labelled]] = np.inf
        rival = xp.argmin(distances, axis=1)
        to_rival = distances[every, rival]
        own[rows], nearest[rows] = on.take(to_own), on.take(to_nearest)
        other[rows] = on.take(xp.where(labelled & alone, UNLABELLED, rival))
        margin[rows] = on.take(xp.where(alone, np.nan, to_its_own - to_rival))
    return own, nearest, other, margin


def sums_by_fold(
    vectors: Vectors,
    labels: Ints,
    fold: Ints,
    n_classes: int,
    shift: NDArray[np.float64] | None = None,
    on: Arithmetic = NUMPY,
) -> dict[int, Sums]:
    """The sums of each fold's rows, in one pass. fold: (n,) the fold of each row, NOT_FITTED where it has none.

    shift: (d,) of rows that are elsewhere too and whose sums are to be added; of the first rows here if None.
    """
    parts: dict[int, Running] = {}
    for rows, block in vectors.blocks():
        fitted = fold[rows] != NOT_FITTED
        if not parts and fitted.any():
            shift = pilot_shift(block[fitted]) if shift is None else shift
            parts = {int(f): Running(n_classes, shift, on) for f in np.unique(fold[fold != NOT_FITTED])}
        for f in np.unique(fold[rows][fitted]).tolist():
            parts[f].add(block[fold[rows] == f], labels[rows][fold[rows] == f])
    return {f: part.sums() for f, part in parts.items()}


@dataclass(frozen=True)
class FoldFits:
    """What rows are scored by: one fit to all that were fitted on, and for each fold the fit to the others.

    judges: fold -> its fit, None where the others are too little; NOT_FITTED -> `whole`. components: of the PCA.
    """

    whole: Gaussians
    judges: Mapping[int, Gaussians | None]
    components: int | float | None

    @property
    def counts(self) -> NDArray[np.int64]:
        """(K,) rows of each class that were fitted on."""
        return self.whole.counts


def fit_folds(sums: Mapping[int, Sums], pca: Reduction, ridge: float, out_of_fold: bool = True) -> FoldFits:
    """The fits that the sums of each fold add up to, as `sums_by_fold` makes them. Raises BadInput as `gaussians_from`.

    out_of_fold: whether each fold is scored by the others; otherwise there is one fit for all.
    """
    total = pooled(list(sums.values()))
    components = resolve_pca(pca, total.n, total.totals.shape[1])
    whole = gaussians_from(total, pca=components, ridge=ridge)
    if not out_of_fold:
        return FoldFits(whole, {NOT_FITTED: whole, 0: whole}, components)
    judges = {f: fit_without(total - part, components, ridge) for f, part in sums.items()}
    return FoldFits(whole, {NOT_FITTED: whole, **judges}, components)


def fit_without(rest: Sums, pca: int | float | None, ridge: float) -> Gaussians | None:
    """The fit to what a fold leaves; None where that is too little: one class, or no spread within classes."""
    if rest.n_present < 2:
        return None
    try:
        return gaussians_from(rest, pca=pca, ridge=ridge)
    except BadInput:  # the caller gives the fold's rows NaN and the reason
        return None


@register(
    "rmd",
    needs={"features", "labels", "fit"},
    may_use={"arithmetic"},
    source="Cui et al. 2023, section 3; to the nearest class: Ren et al. 2021",
    direction=HARDER_HIGH,
    form=2,
    plain=PLAIN,
    asks=COMPARES_CLASSES,
)
def rmd(
    inputs: Inputs,
    pca: Reduction = "auto",
    ridge: float = DEFAULT_RIDGE,
    out_of_fold: bool = True,
    margin: bool = True,
    seed: int = 0,
) -> list[ScoreColumn]:
    """Relative Mahalanobis distance: how far from its class, beyond how far from everything.

    Squared distances without a unit, any range, higher is harder. rmd: fitted on the training split. rmd_oof: each
    fifth of the training split is scored by a fit to the other four, so that it compares with held-out images.
    rmd_nearest: to the nearest class. rmd_margin: own class less nearest other; above 0 another class fits better. The
    suggested label is the nearest other class, and doubted is a label that it is nearer than: where rmd_margin is above
    0.

    The last two are out of fold as well; with out_of_fold off there is one fit and no rmd_oof. They compare each image
    with all classes, which is most of the cost where there are hundreds: margin off leaves them out.
    The vectors are read in blocks, so memory does not grow with their number.
    """
    vectors, fit = required_vectors(inputs, "rmd"), labelled_fit(inputs)
    folds = stratified_folds(vectors, inputs.labels, fit, FOLDS, seed) if out_of_fold else np.where(fit, 0, NOT_FITTED)
    sums = sums_by_fold(vectors, inputs.labels, folds, inputs.n_classes, on=inputs.arithmetic)
    fits = fit_folds(sums, pca, ridge, out_of_fold)
    parameters = {"pca": pca, "components": fits.components, "ridge": ridge, "out_of_fold": out_of_fold, "seed": seed}
    return rmd_columns(inputs, folds, fits, lone(inputs), parameters, margin=margin)


def rmd_columns(
    inputs: Inputs, fold: Ints, fits: FoldFits, alone: Bools, parameters: Mapping[str, object], *, margin: bool = True
) -> list[ScoreColumn]:
    """The columns of `rmd` of some rows, by fits that may be to many others.

    fold: (n,) the fold of each row, NOT_FITTED where no fit saw it. alone: (n,) whose class has no other row among
    those fitted on. parameters: of the scorer, as they are kept; out_of_fold among them.
    """
    out_of_fold, vectors, labels = bool(parameters["out_of_fold"]), required_vectors(inputs, "rmd"), inputs.labels
    on = inputs.arithmetic
    own, oof, nearest, margins = (np.full(len(vectors), np.nan, np.float32) for _ in range(4))
    other = np.full(len(vectors), UNLABELLED)
    for rows, block in vectors.blocks():
        own[rows] = own_class_distance(fits.whole, block, labels[rows], relative=True, on=on)
        for f, gaussians in fits.judges.items():
            judged = np.flatnonzero(fold[rows] == f)
            if gaussians is None or not len(judged):
                continue
            part, given, at = block[judged], labels[rows][judged], rows.start + judged
            if margin:
                oof[at], nearest[at], other[at], margins[at] = compare_classes(gaussians, part, given, on)
            elif out_of_fold:
                oof[at] = own_class_distance(gaussians, part, given, relative=True, on=on)
    own[alone] = margins[alone] = np.nan  # its class's mean is itself
    other[alone] = UNLABELLED  # no fit had its own class to choose
    fitted_on = f"{int(fits.counts.sum())} labelled training images"
    fitted_out_of_fold = f"{fitted_on}, {FOLDS} folds, each by the others" if out_of_fold else fitted_on

    def column(name: str, values: Floats, fitted_on: str, suggests: bool) -> ScoreColumn:
        return ScoreColumn(
            name=name,
            values=values,
            direction=HARDER_HIGH,
            scorer="rmd",
            parameters=parameters,
            fitted_on=fitted_on,
            suggested_label=other if suggests else None,
            doubted=margins > 0 if suggests else None,
            reason=why_not_compared(inputs, np.isnan(values), alone),
        )

    columns = [column("rmd", own, fitted_on, False)]
    if out_of_fold:
        columns.append(column("rmd_oof", oof, fitted_out_of_fold, margin))
    if margin:
        columns.append(column("rmd_nearest", nearest, fitted_out_of_fold, True))
        columns.append(column("rmd_margin", margins, fitted_out_of_fold, True))
    return columns
