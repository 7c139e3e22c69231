"""Which images a model is evaluated on, and which a scorer may be fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..maths.folds import training_rows
from ..types import UNLABELLED, Bools, Ints, Run
from . import views


def kept_from(hub: views.Hub, run: Run) -> Ints:
    """Labels of the classes that a network was never given."""
    names = run.parameters.get("held_out_classes") or []
    return np.flatnonzero(np.isin(views.classes(hub), names))


def unseen(hub: views.Hub, run: Run) -> Bools:
    """(n,) bool: labelled images with a prediction that the network was not trained on, of any class.

    Outside the training split where any of them is: what a network trained on a part of that split leaves of it may
    carry wrong labels that the others do not.
    """
    prediction = views.predictions(hub, run.run_id)
    rows = (views.labels(hub) != UNLABELLED) & ~prediction["trained_on"] & (prediction["predicted"] != UNLABELLED)
    outside = rows & ~fit_rows(views.column(hub, "split"))
    return outside if outside.any() else np.asarray(rows)


def fit_rows(splits: Any) -> Bools:
    """(n,) bool: the training split; where there is none, what `training_rows` takes for it."""
    return training_rows(splits)
