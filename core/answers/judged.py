"""What a model said of every image, as arrays, and which of its images an error may be counted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..store import views
from ..types import UNLABELLED, Bools, Floats, Ints
from .reader import Reader

HELD_OUT, TRAINED_ON, EVERY = "", "trained", "every"
"""Which labelled images are judged; held out is the default everywhere, for a model knows what it was trained on."""

IMAGES = {HELD_OUT: "held-out images", TRAINED_ON: "images it was trained on", EVERY: "trained-on and held-out images"}


@dataclass(frozen=True, eq=False)
class Judged:
    """One model's predictions of all images, (n,) each in image_id order.

    known: labelled and predicted; the other arrays mean nothing elsewhere. trained_on: by the model.
    """

    run_id: str
    known: Bools
    correct: Bools
    trained_on: Bools
    predicted: Ints
    confidence: Floats
    entropy: Floats

    def rows(self, images: str = HELD_OUT) -> Bools:
        """(n,) the labelled images to judge on: HELD_OUT, TRAINED_ON or EVERY."""
        if images == EVERY:
            return self.known
        return self.known & (self.trained_on if images == TRAINED_ON else ~self.trained_on)


def judged(reader: Reader, run_id: str) -> Judged:
    """Read one model's predictions: about a second for 1.28 million images, so keep the answer."""
    found = views.predictions(reader.hub, run_id)
    known = np.asarray((reader.labels != UNLABELLED) & (found["predicted"] != UNLABELLED))
    return Judged(
        run_id, known, found["correct"], found["trained_on"], found["predicted"], found["confidence"], found["entropy"]
    )
