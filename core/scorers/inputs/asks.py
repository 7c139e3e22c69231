"""What a score asks of the data: a scorer says it where it is registered, and it is decided here before any is run."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from ...errors import TooFewRows, command
from ...types import UNLABELLED
from ...wording import counted
from . import Inputs, labelled_fit, lone


@dataclass(frozen=True)
class Asks:
    """What a scorer asks of the data. It learns from the images of `Inputs.fit` where it reads that, else from none.

    images: to learn from, at least; of all images where it learns from none. classes: with a labelled image to learn
    from, at least; of all classes where it learns from none. others: it holds an image against others of its class, so
    one whose class has no other to learn from gets no value that says how it fits its label.
    """

    images: int = 1
    classes: int = 0
    others: bool = False

    @property
    def in_words(self) -> list[str]:
        """What it asks beyond an image: ["2 classes", "2 images of a class"]."""
        asked = [f"{self.images} images"] if self.images > 1 else []
        asked += [f"{self.classes} classes"] if self.classes > 1 else []
        return asked + (["2 images of a class"] if self.others else [])


AN_IMAGE = Asks()
COMPARES_CLASSES = Asks(classes=2, others=True)
"""Of a scorer that learns what each class looks like, and holds an image against its own class and another."""
BETWEEN_CLASSES = Asks(classes=2)
"""Of a scorer of what a model makes of each class: with one class its answer is the same for every image."""


def refuse_too_little(scorer: str, needs: Set[str], asks: Asks, inputs: Inputs) -> None:
    """Raise TooFewRows where these data let the scorer give no image a value: what it asks, and what there is.

    needs: the fields of `Inputs` that the scorer reads; no other is read here. Where one is not there at all, nothing
    is refused: the scorer says which command makes it.
    """
    if any(getattr(inputs, name) is None for name in needs):
        return
    if "labels" in needs and (inputs.labels == UNLABELLED).all():
        raise TooFewRows(
            f"{scorer} needs labels, and none of {counted(len(inputs.labels), 'image')} has one.",
            "Ingest them again with labels, which docs/inputs.md describes; what needs none",
            command(None, "scorers"),
        )
    if lacking := _lacking_to_learn_from(needs, asks, inputs) if "fit" in needs else _lacking(needs, asks, inputs):
        raise TooFewRows(f"{scorer} {lacking}.", "What each score needs", command(None, "scorers"))


def _lacking(needs: Set[str], asks: Asks, inputs: Inputs) -> str:
    """What a scorer that learns from no image has too little of, as the rest of a sentence; "" for nothing."""
    images = len(inputs.features) if "features" in needs and inputs.features is not None else asks.images
    if images < asks.images:
        return f"needs {counted(asks.images, 'image')}, and there {_is(images)}"
    if inputs.n_classes < asks.classes:
        return f"needs {counted(asks.classes, 'class', 'classes')}, and there {_is(inputs.n_classes)}"
    return ""


def _lacking_to_learn_from(needs: Set[str], asks: Asks, inputs: Inputs) -> str:
    """The same of a scorer that learns from images."""
    fit = labelled_fit(inputs) if "labels" in needs else inputs.fit
    images = int(np.count_nonzero(fit))
    if images < asks.images:
        labelled = "a labelled image" if "labels" in needs else counted(asks.images, "image")
        return f"needs {labelled} to learn from, and there {_is(images)}"
    if not asks.classes:
        return ""
    classes = len(np.unique(inputs.labels[fit]))
    if classes < asks.classes:
        return (
            f"needs {counted(asks.classes, 'class', 'classes')} with a labelled image to learn from, and there "
            f"{_is(classes)}"
        )
    labelled = inputs.labels != UNLABELLED
    if asks.others and not (labelled & ~lone(inputs)).any():
        return (
            "holds an image against others of its class, and no class has two: "
            f"{counted(int(labelled.sum()), 'labelled image')}, {counted(classes, 'class', 'classes')}"
        )
    return ""


def _is(count: int) -> str:
    return {0: "is none", 1: "is one"}.get(count, f"are {count:,}")
