"""What the decisions say of every image's given label: looked at, and found wrong."""

from __future__ import annotations

import numpy as np

from ..store import lookups, views
from ..types import UNLABELLED, Bools
from .classes import ClassChanges, class_changes
from .entries import EXCLUDED
from .fold import current
from .journal import Journal


def verdicts(hub: views.Hub, journal: Journal | None, at: int | None = None) -> tuple[Bools, Bools]:
    """(n,) bool each: labelled images with a decision, and those whose given label it says is wrong, up to entry `at`.

    Excluded images count as wrong, ambiguous ones as right, as does a class that was only renamed; a decision about
    another content of an image counts as none.
    """
    labels = views.labels(hub)
    states, changes = (current(journal, at), class_changes(journal, at)) if journal else ({}, ClassChanges(()))
    names = [changes.name_now(name, 0) for name in views.classes(hub)]
    reviewed, wrong = np.zeros(len(labels), bool), np.zeros(len(labels), bool)
    for row in lookups.image_rows(hub, lookups.ids_of(hub, list(states))):  # the decided images alone are looked at
        state, label = states[row["key"]], row["label"]
        if state.content_hash != row["content_hash"] or label is None or label == UNLABELLED:
            continue
        reviewed[row["image_id"]] = True
        wrong[row["image_id"]] = state.verdict == EXCLUDED or state.label != names[label]
    return reviewed, wrong
