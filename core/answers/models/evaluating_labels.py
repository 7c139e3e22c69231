"""The labels that predictions are set against: as given, as reviewed, or true where the data set knows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...reviews.classes import ClassChanges, class_changes
from ...reviews.entries import EXCLUDED
from ...reviews.verdicts import decided_images
from ...store import views
from ...types import UNLABELLED, Ints
from ..view.journal import journal_version, reading
from ..view.reader import Reader

GIVEN, REVIEWED, TRUE = "", "reviewed", "true"
LABELS = {GIVEN: "given labels", REVIEWED: "reviewed labels", TRUE: "true labels"}


@dataclass(frozen=True, eq=False)
class EvaluatingLabels:
    """labels: (n,) int into names, UNLABELLED where an image has none, was excluded or is of a class without a number.

    names: of the classes. class_of: (K,) what a predicted class counts as: itself, or the one it was merged into.
    """

    labels: Ints
    names: tuple[str, ...]
    class_of: Ints


def kinds_of_labels(reader: Reader) -> list[str]:
    """Those of LABELS that this audit has: reviewed ones once something was decided, true ones where they are known."""
    found = [GIVEN]
    found += [REVIEWED] if journal_version(reader.hub.audit) else []
    return found + ([TRUE] if views.true_labels(reader.hub) is not None else [])


def evaluating_labels(reader: Reader, kind: str, at: int = 0) -> EvaluatingLabels:
    """Labels of one kind. at: the journal's entry up to which reviewed ones are meant."""
    itself = np.arange(len(reader.class_names))
    if kind == REVIEWED:
        return _reviewed(reader, at)
    true = views.true_labels(reader.hub) if kind == TRUE else None
    return EvaluatingLabels(reader.labels if true is None else true, reader.class_names, itself)


def _reviewed(reader: Reader, at: int) -> EvaluatingLabels:
    with reading(reader.hub.audit) as journal:
        states = decided_images(reader.hub, journal, at)
        changes = class_changes(journal, at) if journal else ClassChanges(())
    now = [changes.name_now(name, 0) or name for name in reader.class_names]
    # A class that was merged away has the name of the one it joined, which keeps its own number.
    number = {name: k for k, name in enumerate(now) if not changes.was_merged(reader.class_names[k])}
    class_of = np.array([number.get(name, UNLABELLED) for name in now], np.int64)
    labels = np.append(class_of, UNLABELLED)[reader.labels]
    for image_id, state in states.items():
        if state.verdict == EXCLUDED:
            labels[image_id] = UNLABELLED
        elif state.label is not None:
            labels[image_id] = number.get(state.label, UNLABELLED)
    return EvaluatingLabels(labels, tuple(now), class_of)
