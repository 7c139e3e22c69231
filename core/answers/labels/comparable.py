"""Which labels can be told right or wrong from the other images, how many cannot, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...maths.lone import lone_labels
from ...store.held_out import fit_rows
from ...types import UNLABELLED
from ...wording import count, counted
from ..view.reader import Reader


@dataclass(frozen=True)
class Comparable:
    """labels: given ones. alone: those whose class has no other image to learn from. classes: that have such."""

    labels: int
    alone: int
    classes: int

    @property
    def none(self) -> bool:
        """Whether no label can be told right or wrong at all."""
        return self.classes < 2 or self.alone == self.labels

    @property
    def in_words(self) -> str:
        """How many cannot be told and why, as a part of a sentence; "" where all can."""
        if not self.labels:
            return "cannot be told: no image has a label"
        if self.classes < 2:
            return f"cannot be told: {counted(self.labels, 'label')} of one class, and no other that one could be"
        if self.none:
            return (
                "cannot be told: no class has two images to compare, with "
                f"{counted(self.labels, 'labelled image')} of {counted(self.classes, 'class', 'classes')}"
            )
        of = "no other image of its class" if self.alone == 1 else "no other image of their class"
        return f"{count(self.alone)} of {count(self.labels)} labels cannot be told: {of}" if self.alone else ""


def comparable(reader: Reader) -> Comparable:
    """Of an audit's labels. Images to learn from are those of the training split, as scores take them."""
    labels = reader.labels
    labelled = labels != UNLABELLED
    fit = fit_rows(np.array(reader.splits))[reader.split_codes]
    alone = lone_labels(labels, fit, len(reader.class_names))
    return Comparable(int(labelled.sum()), int(alone.sum()), len(np.unique(labels[fit & labelled])))
