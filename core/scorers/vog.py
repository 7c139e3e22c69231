"""VoG: how much the input gradient of one activation varies over checkpoints. Which end is hard is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import BadInput, MissingRun, command
from ..kinds.score import AS_PRINTED
from ..maths.moments import GroupMoments, group_moments
from ..types import UNLABELLED, Floats, Ints, ScoreColumn
from .inputs import Inputs, reasons
from .registry import register

OVER_ALL, OVER_SPLIT = "all images of the class", "the images of the class in the same split"
FORMS = ("sd", AS_PRINTED)
"""The standard deviation, which the paper's released scores are of, and its equation 3 as typeset."""
PREDICTED = "_predicted"  # windows so named follow the predicted label's activation, others the given label's


def variance_of_gradients(maps: Floats, *, eq3: bool = False) -> Floats:
    """Mean over pixels of the gradient's population standard deviation over checkpoints.

    maps: (K, n, H, W), dA/dx of K checkpoints, averaged over channels with its sign. Returns (n,), 0 or more.
    eq3: the root of 1/K times the sum of squares, as the paper typesets equation 3; its released scores are the root of
    the mean of squares, the default. Raises BadInput with fewer than two checkpoints.
    Agarwal, D'souza & Hooker 2022, section 2.
    """
    if len(maps) < 2:
        raise BadInput(f"VoG needs two checkpoints, and there are {len(maps)}.", "Train for more epochs.")
    centred = maps - maps.mean(axis=0, dtype=np.float64)
    squares = np.square(centred).sum(axis=0)
    per_pixel = squares / np.sqrt(len(maps)) if eq3 else np.sqrt(squares / len(maps))
    return np.asarray(per_pixel.mean(axis=(-2, -1)))


def is_eq3(form: str) -> bool:
    """Whether the form is equation 3 as typeset. Raises BadInput on one that there is not."""
    if form not in FORMS:
        raise BadInput(f"form is {form!r}.", "Give sd, or eq3 for equation 3 as the paper prints it.")
    return form == FORMS[1]


def spread_moments(inputs: Inputs, *, by_split: bool = False) -> dict[str, GroupMoments]:
    """Window -> the moments of each class, by which VoG is normalised; they add up over images that are read apart.

    The class is the label that chose the activation, and its moments are over all its images, in the training split or
    not. by_split: of each class in each split, which add up where the codes of the splits go as far.
    """
    groups = inputs.split_codes if by_split else None
    n_cells = inputs.n_classes * (1 if groups is None else int(groups.max(initial=0)) + 1)
    spread, labels = inputs.gradient_spread or {}, inputs.gradient_labels or {}
    return {
        window: group_moments(np.asarray(spread[window], np.float32), _cells(labels[window], groups), n_cells)
        for window in spread
    }


def _cells(labels: Ints, groups: Ints | None) -> Ints:
    """(n,) int, the class of each image, or the class and its split, UNLABELLED where it has no label."""
    if groups is None:
        return labels
    return np.asarray(np.where(labels == UNLABELLED, UNLABELLED, labels * (int(groups.max(initial=0)) + 1) + groups))


@register(
    "vog",
    needs={"gradient_spread", "gradient_labels", "labels", "split_codes"},
    source="Agarwal, D'souza & Hooker 2022, section 2",
    direction=None,
)
def vog(
    inputs: Inputs, *, windows: Mapping[str, Sequence[int]] | None = None, by_split: bool = False, form: str = FORMS[0]
) -> list[ScoreColumn]:
    """Variance of gradients over a window of checkpoints, raw and normalised by class.

    Two columns a window: vog_{window}, 0 or more, and vog_{window}_normalised, a z-score. Which end is the hard one
    depends on the data, the stage and the target, so the direction is left open and measured against error.

    windows: name -> [first, last] checkpoint, from 1, of windows beside early, late and all. The gradients come
    already computed over them; here their columns only record which checkpoints those were.
    by_split: normalise over the images of a class in the same split, and not over all images of the class, of which
    those that the model was trained on pull the others' mean. Each normalised column records which.
    form: sd, or eq3 for the paper's equation 3 as it is printed, whose order is another. As with windows, the gradients
    come in that form, and the columns record it.
    """
    is_eq3(form)  # refused, if it is, before anything else
    if not inputs.gradient_spread or inputs.gradient_labels is None:
        raise MissingRun(
            "vog needs input gradients from checkpoints, and there are none.", "Run", command(None, "train")
        )
    if by_split and inputs.split_codes is None:
        raise MissingRun("vog by_split needs splits, and there are none.", "Run", command(None, "ingest", "PATH"))
    moments = spread_moments(inputs, by_split=by_split)
    return vog_columns(inputs, moments, windows=windows, by_split=by_split, form=form)


def vog_columns(
    inputs: Inputs, moments: Mapping[str, GroupMoments], *, windows: Mapping[str, Sequence[int]] | None = None,
    by_split: bool = False, form: str = FORMS[0],
) -> list[ScoreColumn]:  # fmt: skip
    """The columns of `vog` of some images, by moments that may be of many others."""
    typeset = {"form": form} if is_eq3(form) else {}
    columns = []
    for window, spread in sorted((inputs.gradient_spread or {}).items()):
        labels = (inputs.gradient_labels or {})[window]
        target = "predicted" if window.endswith(PREDICTED) else "given"
        stage = window.removesuffix(PREDICTED).rsplit("_", 1)[-1]
        span = {"checkpoints": list(windows[stage])} if windows and stage in windows else {}
        raw = np.asarray(spread, np.float32)
        # A label that is given and was not followed is of a class that the model has no output for.
        unlabelled = labels == UNLABELLED
        not_given = unlabelled & (inputs.labels != UNLABELLED) if target == "given" else np.zeros_like(unlabelled)
        unlabelled &= ~not_given
        without_gradient = np.isnan(raw) & ~unlabelled & ~not_given
        cells = _cells(labels, inputs.split_codes if by_split else None)
        normalised = moments[window].standardised(raw, cells).astype(np.float32)
        over = {"normalised_over": OVER_SPLIT if by_split else OVER_ALL}
        for name, values, how in ((f"vog_{window}", raw, {}), (f"vog_{window}_normalised", normalised, over)):
            missing = np.isnan(values)
            columns.append(
                ScoreColumn(
                    name=name,
                    values=values,
                    direction=None,
                    scorer="vog",
                    parameters={"window": window, "activation": f"{target} label", **span, **how, **typeset},
                    fitted_on="checkpoints of the model",
                    reason=reasons(
                        without_a_gradient=missing & without_gradient,
                        unlabelled=missing & unlabelled,
                        of_a_class_the_model_was_not_given=missing & not_given,
                        whose_class_has_no_spread=missing & ~without_gradient & ~unlabelled & ~not_given,
                    ),
                )
            )
    return columns
