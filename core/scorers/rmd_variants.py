"""RMD from other inputs: fitted to augmented passes over the images, or on a trained network's own features.

Cui et al. 2023 hold that difficulty is better read from an encoder that never saw the labels: a network trained on
them has pulled wrongly labelled images towards the class they are given. `rmd_supervised` is that comparator.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import BadInput, MissingRun, TooFewRows, command
from ..maths.gaussians import DEFAULT_RIDGE, Gaussians, gaussians_from, own_class_distance
from ..maths.moments import Sums, pooled
from ..types import HARDER_HIGH, UNLABELLED, Floats, Ints, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, reasons, required_features
from .inputs.asks import COMPARES_CLASSES
from .registry import register
from .rmd import PLAIN, Reduction, relative_mahalanobis, resolve_pca


def augmented_gaussians(passes: Sequence[Sums], fitted: int, pca: Reduction, ridge: float) -> Gaussians:
    """The fit to all augmented passes together. fitted: images in each pass, by which pca="auto" is decided."""
    dimension = passes[0].totals.shape[1]
    return gaussians_from(pooled(passes), pca=resolve_pca(pca, fitted, dimension), ridge=ridge)


def augmented_relative_mahalanobis(
    passes: Sequence[Sums],
    features: Floats,
    labels: Ints,
    *,
    pca: int | float | None = None,
    ridge: float = DEFAULT_RIDGE,
) -> tuple[Floats, Floats]:
    """RMD of the unaugmented images from Gaussians that pool augmented passes, and its spread over the passes.

    passes: moments of the rows that are fitted on, each under another crop and flip. features: (n, d) unaugmented,
    which are scored. labels: (n,). pca, ridge: as in `gaussians_from`.
    Returns two (n,) float32: the score, higher is harder, and the standard deviation (ddof 1) over fits to one pass.
    Raises TooFewRows with fewer than two passes. Cui et al. 2023, section 4, uses five.
    """
    if len(passes) < 2:
        raise TooFewRows(
            f"A spread needs two augmented passes, and there are {len(passes)}.",
            "Run",
            command(None, "score", "augmented_rmd", "--set", "passes=5"),
        )
    scores = [
        own_class_distance(gaussians_from(one, pca=pca, ridge=ridge), features, labels, relative=True) for one in passes
    ]
    everything = gaussians_from(pooled(passes), pca=pca, ridge=ridge)
    score = own_class_distance(everything, features, labels, relative=True)
    return score, np.std(scores, axis=0, ddof=1, dtype=np.float64).astype(np.float32)


@register(
    "augmented_rmd",
    needs={"features", "labels", "fit", "augmented_sums"},
    source="Cui et al. 2023, section 4 (five augmented runs)",
    direction=HARDER_HIGH,
    plain=PLAIN,
    asks=COMPARES_CLASSES,
    form=2,
    may_use={"view_distances"},
)
def augmented_rmd(
    inputs: Inputs, passes: int = 5, pca: Reduction = "auto", ridge: float = DEFAULT_RIDGE,
    score_augmented: bool = False, seed: int = 0,
) -> list[ScoreColumn]:  # fmt: skip
    """RMD from Gaussians fitted to several crops and flips of the training images, and how far it hangs on them.

    augmented_rmd: any range, higher is harder; the image itself is scored as it is. augmented_rmd_spread: standard
    deviation over fits to one pass, 0 or more, the larger the less stable. With score_augmented also
    augmented_rmd_views: mean RMD of as many crops and flips of the scored image, and augmented_rmd_views_spread: their
    standard deviation.

    passes, seed: how many passes to make, and which; two at least. score_augmented embeds every image as often again.
    """
    features, labels = required_features(inputs, "augmented_rmd"), inputs.labels
    if inputs.augmented_sums is None:
        raise MissingRun(
            "augmented_rmd needs augmented passes over the images, and there are none.",
            "Run",
            command(None, "score", "augmented_rmd"),
        )
    sums = inputs.augmented_sums[:passes]
    shape = (inputs.n_classes, features.shape[1])
    if any(one.totals.shape != shape for one in sums):
        raise BadInput(
            f"The augmented passes are of {sums[0].totals.shape} classes and dimensions, the images of {shape}.",
            "Run",
            command(None, "score", "augmented_rmd"),
        )
    fitted = int(labelled_fit(inputs).sum())
    components = resolve_pca(pca, fitted, features.shape[1])
    score, spread = augmented_relative_mahalanobis(sums, features, labels, pca=components, ridge=ridge)
    alone = lone(inputs)  # its class's mean is its own crops
    found = {"augmented_rmd": score, "augmented_rmd_spread": spread}
    if score_augmented:
        found |= of_views(inputs)
    for values in found.values():
        values[alone] = np.nan
    return [
        ScoreColumn(
            name=name,
            values=values,
            direction=None if name.endswith("_spread") else HARDER_HIGH,
            scorer="augmented_rmd",
            parameters={
                "passes": len(sums), "pca": pca, "components": components, "ridge": ridge, "seed": seed,
                "score_augmented": score_augmented,
            },
            fitted_on=f"{fitted} labelled training images, {len(sums)} augmented passes",
            reason=reasons(unlabelled=labels == UNLABELLED, whose_class_has_no_other_image_to_learn_from=alone),
        )
        for name, values in found.items()
    ]  # fmt: skip


def of_views(inputs: Inputs) -> dict[str, Floats]:
    """Mean and standard deviation (ddof 1) over each image's augmented views; NaN where one could not be read."""
    if inputs.view_distances is None:
        raise MissingRun(
            "augmented_rmd needs augmented views of the images it scores, and there are none.",
            "Run",
            command(None, "score", "augmented_rmd", "--set", "score_augmented=true"),
        )
    views = inputs.view_distances.astype(np.float64)
    mean, spread = views.mean(axis=1), views.std(axis=1, ddof=1)
    return {
        "augmented_rmd_views": mean.astype(np.float32), "augmented_rmd_views_spread": spread.astype(np.float32)
    }  # fmt: skip


@register(
    "rmd_supervised",
    needs={"penultimate", "labels", "fit"},
    source="Cui et al. 2023, Tables 8 and 10 (RMD on a supervised model's features)",
    direction=HARDER_HIGH,
    plain=PLAIN,
    asks=COMPARES_CLASSES,
    form=2,
)
def rmd_supervised(inputs: Inputs, pca: Reduction = "auto", ridge: float = DEFAULT_RIDGE) -> list[ScoreColumn]:
    """RMD on the features of a network trained here, before its last layer. Any range, higher is harder.

    Fitted on the images the network was trained on; classes it was not given have no score.
    """
    if inputs.penultimate is None:
        raise MissingRun("rmd_supervised needs a model's features, and there are none.", "Run", command(None, "train"))
    features, labels, fit = np.asarray(inputs.penultimate), inputs.labels, labelled_fit(inputs)
    values = relative_mahalanobis(features, labels, inputs.n_classes, fit=fit, pca=pca, ridge=ridge)
    alone = lone(inputs)
    values[alone] = np.nan
    return [
        ScoreColumn(
            name="rmd_supervised",
            values=values,
            direction=HARDER_HIGH,
            scorer="rmd_supervised",
            parameters={"pca": pca, "ridge": ridge},
            fitted_on=f"{int(fit.sum())} images the model was trained on",
            reason=reasons(unlabelled=labels == UNLABELLED, whose_class_has_no_other_image_to_learn_from=alone),
        )
    ]
