"""What the decisions say of every image's given label: looked at, and found wrong."""

from __future__ import annotations

import numpy as np

from ..store import lookups, views
from ..types import UNLABELLED, Bools
from .classes import ClassChanges, class_changes
from .entries import EXCLUDED, ReviewState
from .fold import current
from .journal import Journal


def decided_images(hub: views.Hub, journal: Journal | None, at: int | None = None) -> dict[int, ReviewState]:
    """Image id -> its decision up to entry `at`, ids ascending; one about another content of an image is none."""
    states = current(journal, at) if journal else {}
    rows = lookups.image_rows(hub, lookups.ids_of(hub, list(states)))  # the decided images alone are looked at
    return {row["image_id"]: state for row in rows if (state := states[row["key"]]).content_hash == row["content_hash"]}


def says_wrong(state: ReviewState, given: str | None) -> bool:
    """Whether a decision says that the given label is wrong. given: as its class is called now, None where it went.

    An excluded image's label counts as wrong, an ambiguous one's as right.
    """
    return state.verdict == EXCLUDED or state.label != given


def verdicts(hub: views.Hub, journal: Journal | None, at: int | None = None) -> tuple[Bools, Bools]:
    """(n,) bool each: labelled images with a decision, and those whose given label it says is wrong, up to entry `at`.

    A class that was only renamed counts as right; else as `says_wrong`, of `decided_images`.
    """
    labels = views.labels(hub)
    changes = class_changes(journal, at) if journal else ClassChanges(())
    names = [changes.name_now(name, 0) for name in views.classes(hub)]
    reviewed, wrong = np.zeros(len(labels), bool), np.zeros(len(labels), bool)
    for image_id, state in decided_images(hub, journal, at).items():
        if labels[image_id] == UNLABELLED:
            continue
        reviewed[image_id] = True
        wrong[image_id] = says_wrong(state, names[labels[image_id]])
    return reviewed, wrong
