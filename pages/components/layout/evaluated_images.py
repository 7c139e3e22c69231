"""Which labelled images a model is judged on, as the pages of figures let a viewer choose it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.answers.models.predicted_as import predicted_as
from core.answers.models.predictions import HELD_OUT, IMAGES
from core.answers.view.ranking import Selection
from core.plots.style import plain
from pages.components.layout import address
from pages.components.layout.class_choice import choose_class, chosen_class
from pages.components.layout.header import View


@dataclass(frozen=True)
class Evaluated:
    """images: a key of IMAGES. words: all that was chosen, for titles."""

    images: str
    selection: Selection
    words: str


def evaluated(view: View) -> Evaluated:
    """What the address says."""
    label = chosen_class(view)
    images = address.read_one("images", IMAGES, HELD_OUT)
    words = [IMAGES[images], *([view.selection.split] if view.selection.split else [])]
    words += [] if label is None else [view.reader.class_names[label]]
    taken_for = predicted_as(view.reader, view.selection.only)
    words += [f"predicted {view.reader.class_names[taken_for.label]}"] if taken_for else []
    selection = replace(view.selection, label=label)
    return Evaluated(images, selection, plain(", ".join(words), 80))


def choose_evaluated(view: View, chosen: Evaluated) -> None:
    """Select boxes for the images and, where there are any, the class."""
    address.choose(
        "images", list(IMAGES), chosen.images, lambda kind: {"images": kind}, key="images", text=IMAGES.__getitem__,
        width=250,
    )  # fmt: skip
    choose_class(view)
