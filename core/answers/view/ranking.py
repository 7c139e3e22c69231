"""Images in the order of a score. Sorted once per score; a filter is a mask over the order, a page is a slice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...maths.sorting import stable_order
from ...store import tallies, views
from ...types import UNLABELLED, Bools, Floats, Ints
from .choices import Filter
from .reader import Reader
from .subsets import subset_ids


@dataclass(frozen=True, eq=False)
class Scored:
    """One score over all images.

    values: (n,) float32, NaN where an image has none. order: (m,) int32, the images that have one, lowest first.
    """

    values: Floats
    order: Ints


@dataclass(frozen=True)
class Selection:
    """Which images are in view; None means all. only: a subset as `subsets` reads it, "" for none."""

    split: str | None = None
    label: int | None = None
    where: Filter | None = None
    only: str = ""


def scored(reader: Reader, address: str) -> Scored:
    """Sort one score: about 0.1 s for 1.28 million images, so keep the answer."""
    values = views.score(reader.hub, address)
    return Scored(values, stable_order(values))


def mask_of(reader: Reader, selection: Selection) -> Bools | None:
    """(n,) which images are in view, None when all are."""
    mask: Bools | None = None
    if selection.split is not None:
        code = reader.splits.index(selection.split) if selection.split in reader.splits else -1
        mask = np.asarray(reader.split_codes == code)
    if selection.label is not None:
        of_class = reader.labels == selection.label
        mask = of_class if mask is None else mask & of_class
    if selection.where is not None:
        matching = np.zeros(reader.n_images, bool)
        matching[tallies.matching(reader.hub, selection.where.column, selection.where.value)] = True
        mask = matching if mask is None else mask & matching
    if selection.only:
        chosen = np.zeros(reader.n_images, bool)
        chosen[subset_ids(reader, selection.only)] = True
        mask = chosen if mask is None else mask & chosen
    return mask


def labelled_in(reader: Reader, split: str | None) -> Bools:
    """(n,) which images of a split (None: of all) have a label."""
    labelled = np.asarray(reader.labels != UNLABELLED)
    mask = mask_of(reader, Selection(split=split))
    return labelled if mask is None else labelled & mask


def chosen_in_view(reader: Reader, only: str, selection: Selection) -> Ints:
    """(m,) ids of a subset that are in view, in the subset's own order."""
    ids, mask = subset_ids(reader, only), mask_of(reader, selection)
    return ids if mask is None else ids[mask[ids]]


def count_in_view(reader: Reader, selection: Selection) -> int:
    """Images in view, whether they have a score or not."""
    mask = mask_of(reader, selection)
    return reader.n_images if mask is None else int(np.count_nonzero(mask))


def in_view(reader: Reader, score: Scored, selection: Selection) -> Ints:
    """Ids of the images in view that have the score, lowest first."""
    mask = mask_of(reader, selection)
    return score.order if mask is None else score.order[mask[score.order]]


def class_blocks(reader: Reader, ids: Ints) -> list[tuple[int, Ints]]:
    """Ordered ids split by class, each still lowest first; classes without any, and unlabelled images, left out."""
    labels = reader.labels[ids]
    by_class = np.argsort(labels, kind="stable")
    edges = np.searchsorted(labels[by_class], np.arange(len(reader.class_names) + 1))
    return [(label, ids[by_class[a:b]]) for label, (a, b) in enumerate(pairwise(edges)) if b > a]


def low_end(ids: Ints, page: int, size: int) -> Ints:
    """The `page`-th (from 1) `size` images from the low end, lowest first."""
    return ids[(page - 1) * size : page * size]


def high_end(ids: Ints, page: int, size: int) -> Ints:
    """The `page`-th (from 1) `size` images from the high end, highest first."""
    return ids[max(len(ids) - page * size, 0) : max(len(ids) - (page - 1) * size, 0)][::-1]
