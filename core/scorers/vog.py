"""VoG: how much the input gradient of one activation varies over checkpoints. Which end is hard is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import BadInput, MissingRun, command
from ..types import UNLABELLED, Floats, Ints, ScoreColumn
from .inputs import Inputs, reasons
from .registry import register

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


def class_normalised(values: Floats, labels: Ints) -> Floats:
    """(value - mean of its class) / standard deviation of its class, ddof 0.

    values, labels: (n,), the labels being of the kind that chose the activation. Returns (n,) float64: mean 0 and sd 1
    over each class. NaN for the unlabelled, and where a class has no spread: 0/0 is unknown, and a 0 would pass for
    an ordinary image of its class.
    """
    result = np.full(len(values), np.nan)
    known = (labels != UNLABELLED) & np.isfinite(values)
    for label in np.unique(labels[known]):
        rows = known & (labels == label)
        members = values[rows].astype(np.float64)
        deviation = members - members.mean()
        spread = members.std()
        if spread > 1e-7 * np.abs(members).max():  # below that, it is float32's rounding
            result[rows] = deviation / spread
    return result


@register(
    "vog",
    needs={"gradient_spread", "gradient_labels"},
    source="Agarwal, D'souza & Hooker 2022, section 2",
    direction=None,
)
def vog(inputs: Inputs, *, windows: Mapping[str, Sequence[int]] | None = None) -> list[ScoreColumn]:
    """Variance of gradients over a window of checkpoints, raw and normalised by class.

    Two columns a window: vog_{window}, 0 or more, and vog_{window}_normalised, a z-score. Which end is the hard one
    depends on the data, the stage and the target, so the direction is left open and measured against error.

    windows: name -> [first, last] checkpoint, from 1, of windows beside early, late and all. The gradients come
    already computed over them; here their columns only record which checkpoints those were.
    """
    if not inputs.gradient_spread or inputs.gradient_labels is None:
        raise MissingRun(
            "vog needs input gradients from checkpoints, and there are none.", "Run", command(None, "train")
        )
    columns = []
    for window, spread in sorted(inputs.gradient_spread.items()):
        labels = inputs.gradient_labels[window]
        target = "predicted" if window.endswith(PREDICTED) else "given"
        stage = window.removesuffix(PREDICTED).rsplit("_", 1)[-1]
        span = {"checkpoints": list(windows[stage])} if windows and stage in windows else {}
        raw = np.asarray(spread, np.float32)
        without_gradient, unlabelled = np.isnan(raw), labels == UNLABELLED
        for name, values in (
            (f"vog_{window}", raw),
            (f"vog_{window}_normalised", class_normalised(raw, labels).astype(np.float32)),
        ):
            missing = np.isnan(values)
            columns.append(
                ScoreColumn(
                    name=name,
                    values=values,
                    direction=None,
                    scorer="vog",
                    parameters={"window": window, "activation": f"{target} label", **span},
                    fitted_on="checkpoints of the model",
                    reason=reasons(
                        without_a_gradient=missing & without_gradient,
                        unlabelled=missing & ~without_gradient & unlabelled,
                        whose_class_has_no_spread=missing & ~without_gradient & ~unlabelled,
                    ),
                )
            )
    return columns
