"""Labels that nothing can tell right or wrong: no other image of their class is there to compare with."""

from __future__ import annotations

import numpy as np

from ..types import UNLABELLED, Bools, Ints


def lone_labels(labels: Ints, fit: Bools, n_classes: int) -> Bools:
    """(n,) bool: labelled rows whose class has no other row to learn from.

    labels: (n,) in 0..n_classes-1 or UNLABELLED. fit: (n,) bool, rows to learn from, labelled or not.
    """
    learned = fit & (labels != UNLABELLED)
    return lone_by_size(labels, fit, np.bincount(labels[learned], minlength=max(n_classes, 1)))


def lone_by_size(labels: Ints, fit: Bools, size: Ints) -> Bools:
    """The same of rows that may be some of many. size: (K,) rows to learn from of each class, these among them."""
    labelled = labels != UNLABELLED
    return np.asarray(labelled & (size[labels] - (fit & labelled) < 1))
