"""Which images a model is evaluated on: decided here alone, for commands, pages and the report.

They are labelled, have a prediction, are of a class the model was given, and the model was not trained on them. Those
outside the training split stand for all of them wherever there is one: what a model left of the training split may
carry wrong labels that the other splits do not. That is decided after classes held out of its training are set aside,
or an audit whose only other images are of such a class would have none to evaluate on.

Where there is none, a model that was trained here is evaluated on what its training held out, and not on what it left
out beside that: the easiest images, where the hardest are kept, or those that a review excluded, are no fair sample.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..maths.folds import drawn_to_hold_out, how_drawn, training_rows
from ..types import UNLABELLED, Bools, Ints, Run
from . import views


def evaluable(labels: Ints, predicted: Ints, not_given: Collection[int]) -> Bools:
    """(n,) bool: images on which a prediction is right or wrong, whether or not the model was trained on them.

    labels, predicted: (n,) int, UNLABELLED for none. not_given: labels of the classes the model was not given, which
    it cannot predict.
    """
    rows = (labels != UNLABELLED) & (predicted != UNLABELLED)
    return np.asarray(rows & ~np.isin(labels, list(not_given)) if len(not_given) else rows)


def held_out_of(
    rows: Bools, trained_on: Bools, training_split: Bools, set_aside: Bools, *, any_outside: bool | None = None
) -> Bools:
    """(n,) bool: those of some images that a model is evaluated on. All arguments (n,) bool.

    rows: the images in question, all of classes that the model was given, or all of classes that it was not.
    set_aside: see `set_aside_by_training`; it decides where no image lies outside the training split. any_outside:
    whether one does, for who asks of a part of the images; None: of these.
    """
    untrained = rows & ~trained_on
    outside = untrained & ~training_split
    return outside if (outside.any() if any_outside is None else any_outside) else untrained & set_aside


def set_aside_by_training(run: Run, labels: Ints, training_split: Bools, not_given: Collection[int]) -> Bools:
    """(n,) bool: the images that a model's training set aside to evaluate it on; all where nobody said which.

    labels: (n,) int, the given ones, which images are drawn by whatever a model is trained on. training_split: (n,)
    bool. not_given: labels of the classes the model was not given, of which none is drawn: all of them are set aside.
    """
    how, seed = str(run.parameters.get("held_out", "")), run.parameters.get("held_out_seed", run.seed)
    if not how:
        return np.ones(len(labels), bool)
    new = np.isin(labels, list(not_given))
    if not how.startswith(how_drawn(seed)):
        return ~training_split | new
    return drawn_to_hold_out(np.where(new, UNLABELLED, labels), training_split, seed) | new


def held_out(hub: views.Hub, run: Run) -> Bools:
    """(n,) bool: the images a model is evaluated on."""
    return _held_out(hub, run, given=True)


def held_out_of_new_classes(hub: views.Hub, run: Run) -> Bools:
    """(n,) bool: held-out images of the classes that were held out of a model's training, by the same rule."""
    return _held_out(hub, run, given=False)


def left_out_beside(hub: views.Hub, run: Run) -> bool:
    """Whether a model's training left images out beside those it is evaluated on, which once counted among these."""
    return bool((_held_out(hub, run, given=True, whatever_left=True) & ~held_out(hub, run)).any())


def left_of_the_training_split(hub: views.Hub, run: Run) -> bool:
    """Whether a model is evaluated inside the training split although it left other images out.

    Those are all of classes it was not given. Such a model once had no image to be evaluated on.
    """
    if not run.parameters.get("held_out_classes"):
        return False
    inside = fit_rows(views.column(hub, "split"))
    return bool((held_out(hub, run) & inside).any() and (held_out_of_new_classes(hub, run) & ~inside).any())


def _held_out(hub: views.Hub, run: Run, *, given: bool, whatever_left: bool = False) -> Bools:
    """whatever_left: whether all count that the model was not trained on, as they once did."""
    prediction, labels = views.predictions(hub, run.run_id, "predicted, trained_on"), views.labels(hub)
    not_given, splits = classes_not_given(views.classes(hub), run), fit_rows(views.column(hub, "split"))
    every = evaluable(labels, prediction["predicted"], ())
    of_given_classes = evaluable(labels, prediction["predicted"], not_given)
    rows = of_given_classes if given else every & ~of_given_classes
    aside = np.ones(len(rows), bool) if whatever_left else set_aside_by_training(run, labels, splits, not_given)
    return held_out_of(rows, prediction["trained_on"], splits, aside)


def classes_not_given(class_names: Sequence[str], run: Run) -> Ints:
    """Labels of the classes that were held out of a model's training."""
    return np.flatnonzero(np.isin(class_names, run.parameters.get("held_out_classes") or []))


def fit_rows(splits: Any) -> Bools:
    """(n,) bool: the training split; where there is none, what `training_rows` takes for it."""
    return training_rows(splits)
