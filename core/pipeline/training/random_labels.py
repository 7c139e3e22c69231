"""Labels that chance has altered: a share of them, or what reviewed labels are compared with.

There as many of the training images, drawn at random, lose or change their label. Both draw as many images of each
given class as the reviews changed or excluded, whatever became of their labels, so that only *which* images it was
differs. Removing them asks whether the reviews did more than leave so many images out. Changing them takes the reviews'
own new labels to other images, where nearly all of them are wrong: whoever beats that has shown no more than that wrong
labels hurt.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...types import UNLABELLED, Bools, Ints


def removed_at_random(given: Ints, reviewed: Ints, trained: Bools, seed: int) -> Ints:
    """(n,) given labels, UNLABELLED for the drawn images. See `_replaced`."""
    return _replaced(given, reviewed, trained, seed, keep_new_labels=False)


def changed_at_random(given: Ints, reviewed: Ints, trained: Bools, seed: int) -> Ints:
    """(n,) given labels, with the reviews' new labels (UNLABELLED for an exclusion) on the drawn images."""
    return _replaced(given, reviewed, trained, seed, keep_new_labels=True)


def altered_share(labels: Ints, classes: Ints, per_cent: float, seed: int) -> NDArray[np.int64]:
    """Labels with a share of them altered to another of the classes, each by chance the same.

    What is altered stays altered, to the same class, in every larger share of the same seed. labels: (m,), all of them
    in `classes`, which are ascending and two or more. Returns (m,).
    """
    generator = np.random.default_rng([seed, 0xA17E4])
    order = generator.permutation(len(labels))
    step = generator.integers(1, len(classes), len(labels))
    version = np.array(labels, np.int64)
    changed = order[: round(len(labels) * per_cent / 100)]
    version[changed] = classes[(np.searchsorted(classes, labels[changed]) + step[changed]) % len(classes)]
    return version


def altered(given: Ints, reviewed: Ints, rows: Bools) -> Bools:
    """(n,) bool: labelled images among rows whose label the reviews changed or took away."""
    return np.asarray(rows & (given != UNLABELLED) & (given != reviewed))


def _replaced(given: Ints, reviewed: Ints, trained: Bools, seed: int, *, keep_new_labels: bool) -> Ints:
    """given, reviewed: (n,) int, UNLABELLED for none. trained: (n,) bool, the images to draw from."""
    generator = np.random.default_rng([seed, 0x9A2D0])
    labels, changed = given.copy(), altered(given, reviewed, trained)
    for label in np.unique(given[changed]):
        theirs = np.flatnonzero(changed & (given == label))
        drawn = generator.choice(np.flatnonzero(trained & (given == label)), len(theirs), replace=False)
        labels[drawn] = generator.permutation(reviewed[theirs]) if keep_new_labels else UNLABELLED
    return labels
