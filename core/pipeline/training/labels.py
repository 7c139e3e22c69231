"""Which labels a network is trained on: those of the data, what they are after people's reviews, or a control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import BadInput, command
from ...reviews import current_labels
from ...store import views
from ...store.audit import Audit
from ...training.held_out import split_held_out
from ...types import UNLABELLED, Ints
from .random_labels import changed_at_random, removed_at_random
from .request import Labels

GIVEN: Labels = "given"
REVIEWED: Labels = "reviewed"
AT_RANDOM = {"random removals": removed_at_random, "random changes": changed_at_random}


@dataclass(frozen=True)
class LabelsVersion:
    """labels: (n,) int into the data's classes, UNLABELLED where there is none or the image was excluded.

    name: for a run's inputs: "given", "reviewed" with a fingerprint of what the reviews come to, or a control of it.
    """

    labels: Ints
    name: str


def labels_version(audit: Audit, which: Labels, seed: int = 0, split_seed: int | None = None) -> LabelsVersion:
    """The labels of that version. Reviews that change nothing give the same version as none, and so do its controls.

    seed: of a control, which draws from the images that a network with this seed is trained on; split_seed: of those,
    where it is another. Classes keep the data's
    numbers: a renamed one keeps its own, one that was merged away has no image any more.
    Raises BadInput where an image's reviewed class is one that the data does not have.
    """
    hub = views.open_hub(audit, ())
    given = views.labels(hub)
    if which == GIVEN:
        return LabelsVersion(given, GIVEN)
    reviewed = _reviewed(audit, hub, given)
    if which == REVIEWED or reviewed.name == GIVEN:
        return reviewed
    trained = split_held_out(given, views.column(hub, "split"), seed if split_seed is None else split_seed).train
    return LabelsVersion(AT_RANDOM[which](given, reviewed.labels, trained, seed), f"{which} as {reviewed.name}")


def _reviewed(audit: Audit, hub: views.Hub, given: Ints) -> LabelsVersion:
    keys, hashes = views.column(hub, "key").tolist(), views.column(hub, "content_hash").tolist()
    names = views.classes(hub)
    reviewed = current_labels(audit, keys, given, names, content_hashes=hashes)
    if reviewed.version == GIVEN:
        return LabelsVersion(given, GIVEN)
    # What becomes of each of the data's classes: asked of one image of each, which nobody can have reviewed.
    nobody, each = [""] * len(names), np.arange(len(names), dtype=np.int32)
    classes = current_labels(audit, names, each, names, content_hashes=nobody)
    own = np.flatnonzero(~classes.changed)
    number = np.full(len(reviewed.class_names) + 1, UNLABELLED)  # the last place is that of UNLABELLED
    number[classes.labels[own]] = own
    labels = np.where(reviewed.excluded, UNLABELLED, number[reviewed.labels])
    lost = (labels == UNLABELLED) & (reviewed.labels != UNLABELLED) & ~reviewed.excluded
    if lost.any():
        name = reviewed.class_names[reviewed.labels[np.argmax(lost)]]
        raise BadInput(
            f"{lost.sum():,} images were reviewed to be of class {name!r}, which the data does not have.",
            "Give the data that class, and ingest it as an audit of its own",
            command("NAME", "ingest", "PATH"),
        )
    return LabelsVersion(labels, f"reviewed {reviewed.version}")
