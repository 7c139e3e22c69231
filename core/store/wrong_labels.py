"""Which given labels are wrong, where a data set came with true ones: what finders of wrong labels are measured by."""

from __future__ import annotations

from dataclasses import dataclass

from ..types import UNLABELLED, Bools, Ints
from . import views
from .held_out import fit_rows


@dataclass(frozen=True)
class Truth:
    """Which training images have a true label, and which of their given labels are wrong. (n,) bool each."""

    known: Bools
    wrong: Bools


def wrong_labels(hub: views.Hub, labels: Ints) -> Truth | None:
    """The truth about the training split's labels, where the data set has true labels and some are wrong; else None."""
    true = views.true_labels(hub)
    if true is None:
        return None
    known = (labels != UNLABELLED) & (true != UNLABELLED) & fit_rows(views.column(hub, "split"))
    wrong = known & (labels != true)
    return Truth(known, wrong) if wrong.any() and not wrong[known].all() else None
