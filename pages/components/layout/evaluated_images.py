"""Which labelled images a model is judged on, as the pages of figures let a viewer choose it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.answers.models.predictions import HELD_OUT, IMAGES
from core.answers.view.ranking import Selection
from core.plots.style import plain
from pages.components.layout import address
from pages.components.layout.header import View

WHOLE_SET = -1  # beside class labels in the list of classes


@dataclass(frozen=True)
class Judging:
    """images: a key of IMAGES. label: a class, or WHOLE_SET. words: all that was chosen, for titles."""

    images: str
    label: int
    selection: Selection
    words: str


def judging(view: View) -> Judging:
    """What the address says."""
    names, named = view.reader.class_names, address.read("class")
    label = names.index(named) if named in names else WHOLE_SET
    images = address.read("images") if address.read("images") in IMAGES else HELD_OUT
    words = [IMAGES[images], *([view.selection.split] if view.selection.split else [])]
    words += [names[label]] if label >= 0 else []
    selection = replace(view.selection, label=label if label >= 0 else None)
    return Judging(images, label, selection, plain(", ".join(words), 80))


def choose_judging(view: View, chosen: Judging) -> None:
    """Select boxes for the images and, where there are any, the class."""
    names = view.reader.class_names
    address.choose(
        "images", list(IMAGES), chosen.images, lambda kind: {"images": kind}, key="images", text=IMAGES.__getitem__,
        width=250,
    )  # fmt: skip
    if names:
        address.choose(
            "class", [WHOLE_SET, *range(len(names))], chosen.label,
            lambda one: {"class": names[one] if one >= 0 else "", "by": ""}, key="class",
            text=lambda one: names[one] if one >= 0 else "all classes", width=200,
        )  # fmt: skip
