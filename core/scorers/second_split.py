"""Second-split forgetting: a model learns one half of the images, goes on with the other half, and forgets some."""

from __future__ import annotations

import numpy as np

from ..errors import MissingRun, command
from ..types import HARDER_HIGH, Bools, Floats, ScoreColumn
from .inputs import Inputs, labelled_fit, lone, reasons
from .inputs.asks import COMPARES_CLASSES
from .registry import register


def settled_from(state: Bools) -> Floats:
    """The first epoch from which on a state lasts until the end. state: (n, epochs) bool.

    Returns (n,) float64 from 1 to epochs; epochs + 1, above any that can occur, where the last epoch is without it.
    """
    epochs = state.shape[1]
    before = np.argmax(~state[:, ::-1], axis=1)  # how many epochs at the end have it, where any has it not
    return np.asarray(epochs + 1 - np.where(state.all(axis=1), epochs, before), dtype=np.float64)


def learning_epoch(correct: Bools) -> Floats:
    """The earliest epoch of the first training from which on an image is predicted rightly to its end.

    correct: (n, epochs) bool, after each epoch. Returns (n,) float64; epochs + 1 where it is wrong then: never learned.
    Maini et al. 2022, definition 1 (first-split learning time).
    """
    return settled_from(correct)


def forgetting_epoch(correct: Bools) -> Floats:
    """The earliest epoch of the second training from which on an image is predicted wrongly to its end.

    correct: (n, epochs) bool, after each epoch. Returns (n,) float64; epochs + 1 where the last is right: never
    forgotten. Maini et al. 2022, definition 2 (second-split forgetting time); the value of what is never forgotten is
    that of the authors' code.
    """
    return settled_from(~correct)


def halved(inputs: Inputs) -> Bools:
    """(n,) bool: the images that are trained on, in halves.

    One that is alone in its class is in neither: the other half would have none of it, and whatever its label, it would
    be forgotten.
    """
    return np.asarray(labelled_fit(inputs) & ~lone(inputs))


@register(
    "second_split_forgetting",
    needs={"second_split", "labels", "fit"},
    source="Maini et al. 2022, section 3 (second-split forgetting time, sign turned)",
    direction=HARDER_HIGH,
    asks=COMPARES_CLASSES,
)
def second_split_forgetting(
    inputs: Inputs, epochs: int = 60, second_epochs: int = 20, model: str = "auto", seed: int = 0
) -> list[ScoreColumn]:
    """How soon the image is forgotten once its half of the images is no longer trained on, and when it was learned.

    Two columns, in epochs counted from 1, higher is harder: second_split_forgetting, the epoch from which on it is
    predicted wrongly to the end, negated, -1 where it is forgotten at once, as wrong labels are; first_split_learning,
    the one from which on it was predicted rightly. An image that is never forgotten, or never learned, has one more
    epoch than there are.

    epochs: on a half, at most: training ends near zero error. second_epochs: on the other half. model: as `train` takes
    it, chosen by the images where it is "auto". seed: of the halves and of the trainings. The trainings come already
    done; here their columns only record what they were.
    """
    if inputs.second_split is None:
        raise MissingRun(
            "second_split_forgetting needs a model that was trained on halves of the images, and there is none.", "Run",
            command(None, "score", "second_split_forgetting"),
        )  # fmt: skip
    rows = halved(inputs)
    columns = {
        "second_split_forgetting": -forgetting_epoch(inputs.second_split.forgetting),
        "first_split_learning": learning_epoch(inputs.second_split.learning),
    }
    return [
        ScoreColumn(
            name=name,
            values=np.where(rows, values, np.nan).astype(np.float32),
            direction=HARDER_HIGH,
            scorer="second_split_forgetting",
            parameters={"epochs": epochs, "second_epochs": second_epochs, "model": model, "seed": seed},
            fitted_on="each half of the labelled training images in turn",
            reason=reasons(
                not_trained_on=~labelled_fit(inputs),
                whose_class_has_no_other_image_to_learn_from=labelled_fit(inputs) & ~rows,
            ),
        )
        for name, values in columns.items()
    ]
