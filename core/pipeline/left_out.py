"""What an audit leaves out because the data has nothing to do it with: it goes on, and says so at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import Degenerate, TooFewRows, command
from ..store.held_out import fit_rows
from ..types import HELD_OUT_SPLITS, TRAIN_SPLIT, UNLABELLED, Ints

Result = TypeVar("Result")


@dataclass
class LeftOut:
    """Steps of an audit that were left out. lines: each with its reason, in the order they would have come."""

    lines: list[str] = field(default_factory=list)

    def add(self, what: str, why: str) -> None:
        """Leave a step out."""
        self.lines.append(f"left out: {what}: {why}")

    def attempt(self, what: str, step: Callable[[], Result]) -> Result | None:
        """The result of a step, or None where the data has nothing for it. Any other error is raised."""
        try:
            return step()
        except (TooFewRows, Degenerate) as error:
            self.add(what, str(error))
            return None


def why_not_trained(labels: Ints, splits: NDArray[Any], class_names: list[str], audit: str) -> str:
    """Why no network should be trained on these images as they are; "" where one can be.

    labels: (n,) int, UNLABELLED for none. splits: (n,) names. audit: its name, for the command that trains anyway.
    """
    present = set(np.unique(splits).tolist())
    if present <= set(HELD_OUT_SPLITS):
        named = " and ".join(map(repr, sorted(present)))
        return (
            f"all images are in {named}, which are there to evaluate a model and not to train one. "
            f"To train on them anyway: {command(audit, 'train')}"
        )
    counts = np.bincount(labels[fit_rows(splits) & (labels != UNLABELLED)], minlength=len(class_names))
    classes = np.flatnonzero(counts)
    if len(classes) == 0:
        return f"no image of the split {TRAIN_SPLIT!r} has a label"
    if len(classes) == 1:
        only = class_names[classes[0]]
        return f"the images to train on have one class, {only!r}, and a classifier needs two"
    if counts.max() < 2:
        return "no class has two images to train on, so there is nothing to learn that could be tested on another"
    return ""
