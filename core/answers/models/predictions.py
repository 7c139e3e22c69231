"""What a model said of every image, as arrays, and which of its images an error may be counted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...store import views
from ...types import TRAIN_SPLIT, UNLABELLED, Bools, Floats, Ints
from ..view.reader import Reader

HELD_OUT, TRAINED_ON, EVERY = "", "trained", "every"
"""Which labelled images are judged; held out is the default everywhere, for a model knows what it was trained on."""

IMAGES = {HELD_OUT: "held-out images", TRAINED_ON: "images it was trained on", EVERY: "trained-on and held-out images"}


@dataclass(frozen=True, eq=False)
class ModelPredictions:
    """One model's predictions of all images, (n,) each in image_id order.

    known: labelled, predicted, and of a class that the model was given; the other arrays mean nothing elsewhere.
    trained_on: by the model. held_out: what it is judged on by default, as `hardlook evaluate` does.
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
        """(n,) the labelled images to judge on: HELD_OUT, TRAINED_ON or EVERY."""
        if images == EVERY:
            return self.known
        return self.known & self.trained_on if images == TRAINED_ON else self.held_out


def model_predictions(reader: Reader, run_id: str) -> ModelPredictions:
    """Read one model's predictions: about 0.1 s for 1.28 million images, so keep the answer."""
    found = views.predictions(reader.hub, run_id, "predicted, confidence, entropy, trained_on")
    run = reader.run(run_id)
    kept = np.isin(reader.class_names, (run.parameters.get("held_out_classes") or []) if run else [])
    known = np.asarray((reader.labels != UNLABELLED) & (found["predicted"] != UNLABELLED))
    known &= ~np.append(kept, False)[reader.labels]  # the last entry is what UNLABELLED, -1, picks
    unseen = known & ~found["trained_on"]
    # What a model left of the training split may carry wrong labels that the other splits do not.
    training = reader.splits.index(TRAIN_SPLIT) if TRAIN_SPLIT in reader.splits else -1
    outside = unseen & (reader.split_codes != training)
    correct = known & (found["predicted"] == reader.labels)  # by the given labels, whichever it was trained on
    return ModelPredictions(
        run_id, known, correct, found["trained_on"], outside if outside.any() else unseen,
        found["predicted"], found["confidence"], found["entropy"],
    )  # fmt: skip
