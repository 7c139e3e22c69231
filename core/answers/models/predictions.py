"""What a model said of every image, as arrays, and which of them it is evaluated on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...store import views
from ...store.held_out import classes_not_given, evaluable, fit_rows, held_out_of, set_aside_by_training
from ...types import UNLABELLED, Bools, Floats, Ints
from ..view.reader import Reader

HELD_OUT, TRAINED_ON, EVERY = "", "trained", "every"
"""Which labelled images a model is evaluated on; held out is the default, for a model knows what it was trained on."""

IMAGES = {HELD_OUT: "held-out images", TRAINED_ON: "images it was trained on", EVERY: "trained-on and held-out images"}


@dataclass(frozen=True, eq=False)
class ModelPredictions:
    """One model's predictions of all images, (n,) each in image_id order.

    known: labelled, predicted, and of a class that the model was given; the other arrays mean nothing elsewhere.
    trained_on: by the model. held_out: what it is evaluated on unless one chooses otherwise.
    """

    run_id: str
    known: Bools
    correct: Bools
    trained_on: Bools
    held_out: Bools
    predicted: Ints
    confidence: Floats
    entropy: Floats

    def rows(self, images: str = HELD_OUT) -> Bools:
        """(n,) the labelled images to evaluate on: HELD_OUT, TRAINED_ON or EVERY."""
        if images == EVERY:
            return self.known
        return self.known & self.trained_on if images == TRAINED_ON else self.held_out


def model_predictions(reader: Reader, run_id: str) -> ModelPredictions:
    """Read one model's predictions: about 0.1 s for 1.28 million images, so keep the answer."""
    stored = views.predictions(reader.hub, run_id, "predicted, confidence, entropy, trained_on")
    run, new = reader.run(run_id), not_given(reader, run_id)
    known = evaluable(reader.labels, stored["predicted"], new)
    training = fit_rows(np.asarray(reader.splits, str))[reader.split_codes]
    aside = set_aside_by_training(run, reader.labels, training, new) if run else known
    held_out = held_out_of(known, stored["trained_on"], training, aside)
    correct = known & (stored["predicted"] == reader.labels)  # by the given labels, whichever it was trained on
    return ModelPredictions(
        run_id, known, correct, stored["trained_on"], held_out, stored["predicted"], stored["confidence"],
        stored["entropy"],
    )  # fmt: skip


def not_given(reader: Reader, run_id: str) -> Ints:
    """Labels of the classes that a model was not given."""
    run = reader.run(run_id)
    return classes_not_given(reader.class_names, run) if run else np.empty(0, np.int64)


def is_right(label: int | None, predicted: int, not_given: Ints) -> bool | None:
    """Whether one prediction is the given label; None for an image without one, or of a class the model was not given.

    By the given label and not by the stored `correct`, which goes by the labels that the model was trained on.
    """
    if label is None or label == UNLABELLED or label in not_given:
        return None
    return label == predicted
