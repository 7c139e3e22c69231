"""Which images a model is evaluated on: decided here alone, for commands, pages and the report.

They are labelled, have a prediction, are of a class the model was given, and the model was not trained on them. Those
outside the training split stand for all of them wherever there is one: what a model left of the training split may
carry wrong labels that the other splits do not. That is decided after classes held out of its training are set aside,
or an audit whose only other images are of such a class would have none to evaluate on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..maths.folds import training_rows
from ..types import UNLABELLED, Bools, Ints, Run
from . import views


def evaluable(labels: Ints, predicted: Ints, not_given: Collection[int]) -> Bools:
    """(n,) bool: images on which a prediction is right or wrong, whether or not the model was trained on them.

    labels, predicted: (n,) int, UNLABELLED for none. not_given: labels of the classes the model was not given, which
    it cannot predict.
    """
    rows = (labels != UNLABELLED) & (predicted != UNLABELLED)
    return np.asarray(rows & ~np.isin(labels, list(not_given)) if len(not_given) else rows)


def held_out_of(rows: Bools, trained_on: Bools, training_split: Bools) -> Bools:
    """(n,) bool: those of some images that a model is evaluated on. All arguments (n,) bool.

    rows: the images in question, all of classes that the model was given, or all of classes that it was not.
    """
    untrained = rows & ~trained_on
    outside = untrained & ~training_split
    return outside if outside.any() else untrained


def held_out(hub: views.Hub, run: Run) -> Bools:
    """(n,) bool: the images a model is evaluated on."""
    return _held_out(hub, run, given=True)


def held_out_of_new_classes(hub: views.Hub, run: Run) -> Bools:
    """(n,) bool: held-out images of the classes that were held out of a model's training, by the same rule."""
    return _held_out(hub, run, given=False)


def left_of_the_training_split(hub: views.Hub, run: Run) -> bool:
    """Whether a model is evaluated inside the training split although it left other images out.

    Those are all of classes it was not given. Such a model once had no image to be evaluated on.
    """
    if not run.parameters.get("held_out_classes"):
        return False
    inside = fit_rows(views.column(hub, "split"))
    return bool((held_out(hub, run) & inside).any() and (held_out_of_new_classes(hub, run) & ~inside).any())


def _held_out(hub: views.Hub, run: Run, *, given: bool) -> Bools:
    prediction, labels = views.predictions(hub, run.run_id, "predicted, trained_on"), views.labels(hub)
    every = evaluable(labels, prediction["predicted"], ())
    of_given_classes = evaluable(labels, prediction["predicted"], classes_not_given(views.classes(hub), run))
    rows = of_given_classes if given else every & ~of_given_classes
    return held_out_of(rows, prediction["trained_on"], fit_rows(views.column(hub, "split")))


def classes_not_given(class_names: Sequence[str], run: Run) -> Ints:
    """Labels of the classes that were held out of a model's training."""
    return np.flatnonzero(np.isin(class_names, run.parameters.get("held_out_classes") or []))


def fit_rows(splits: Any) -> Bools:
    """(n,) bool: the training split; where there is none, what `training_rows` takes for it."""
    return training_rows(splits)
