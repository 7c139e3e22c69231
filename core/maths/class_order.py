"""The classes in the order of their distance from one another, as the Gaussians have them."""

from __future__ import annotations

import numpy as np

from ..types import UNLABELLED, Ints
from .gaussians import Gaussians


def classes_by_distance(gaussians: Gaussians) -> Ints:
    """(K, c) the c classes fitted on, nearest first, for each class: column 0 is the class itself.

    Distance is that of class means in units of the spread within classes, which is what MD adds on average to an image
    whose label is replaced by that class. Equal distances keep the order of classes. Rows of classes that the fit had
    no image of are UNLABELLED.
    """
    present = np.flatnonzero(gaussians.counts)
    centres = gaussians.centres[present]
    lengths = np.einsum("ij,ij->i", centres, centres)
    distances = lengths[:, None] + lengths - 2 * centres @ centres.T
    np.fill_diagonal(distances, -np.inf)  # also beside a class of the very same mean
    order = np.full((len(gaussians.counts), len(present)), UNLABELLED)
    order[present] = present[np.argsort(distances, axis=1, kind="stable")]
    return order
