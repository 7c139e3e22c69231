"""Zero-shot: what a text-and-image encoder says an image is, from the class names alone."""

from __future__ import annotations

import numpy as np

from ..errors import BadInput, MissingRun, command
from ..maths.other_classes import best_other
from ..maths.vectors import unit_rows
from ..types import HARDER_HIGH, UNLABELLED, Floats, Ints, ScoreColumn
from .inputs import Inputs, reasons, required_features
from .inputs.asks import BETWEEN_CLASSES
from .registry import register


def margin_over_given(logits: Floats, labels: Ints) -> Floats:
    """The largest other class's logit less the given label's: above 0 another class is preferred.

    logits: (n, n_classes), n_classes >= 2. labels: (n,) int. Returns (n,) float64, NaN where unlabelled.
    """
    rows = np.flatnonzero(labels != UNLABELLED)
    given = logits[rows, labels[rows]]
    others = np.array(logits[rows], dtype=np.float64)
    others[np.arange(len(rows)), labels[rows]] = -np.inf
    margin = np.full(len(labels), np.nan)
    margin[rows] = others.max(axis=1) - given
    return margin


@register(
    "zero_shot",
    needs={"features", "labels", "text_features"},
    source="Radford et al. 2021, section 3.1 (class prompts); the margin is ours",
    direction=HARDER_HIGH,
    asks=BETWEEN_CLASSES,
    form=2,
)
def zero_shot(inputs: Inputs, temperature: float = 0.01) -> list[ScoreColumn]:
    """How much better another class's prompt fits the image than the given label's does.

    Best other cosine similarity less the given one, divided by `temperature` (CLIP's 0.01): a difference of
    logits, any range, higher is harder. No label is learned from, so wrong labels cannot bend it. The suggested label
    is the other class whose prompt fits best, and doubted is a label above 0, which that class fits better than.
    """
    features = required_features(inputs, "zero_shot")
    text = inputs.text_features
    if text is None:
        raise MissingRun(
            "zero_shot needs class prompts embedded by the images' own encoder, and this encoder has no text side.",
            "Embed with one that has",
            command(None, "embed", "--encoder", "open_clip:ViT-B-32/openai"),
        )
    if text.shape != (inputs.n_classes, features.shape[1]):
        raise BadInput(
            f"zero_shot needs one prompt per class in the images' own space, ({inputs.n_classes}, "
            f"{features.shape[1]}), and got {text.shape}.",
            "Embed images and prompts with the same encoder",
            command(None, "embed"),
        )
    logits = (unit_rows(features) @ unit_rows(text).T) / temperature
    values = margin_over_given(logits, inputs.labels)
    other = best_other(logits, inputs.labels)
    return [
        ScoreColumn(
            name="zero_shot",
            values=values.astype(np.float32),
            direction=HARDER_HIGH,
            scorer="zero_shot",
            parameters={"temperature": temperature},
            fitted_on="nothing: class names alone",
            suggested_label=other.label,
            doubted=other.doubted,
            reason=reasons(unlabelled=inputs.labels == UNLABELLED),
        )
    ]
