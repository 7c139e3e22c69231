"""Which classes a model takes for which: counts of label and prediction, the most confused pairs first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.difficulty import DECILES
from ...metrics.intervals import share_estimate, share_estimates, wilson
from ...types import UNLABELLED, Estimate, Ints
from ...wording import count, percent, percent_interval
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader
from .evaluating_labels import EvaluatingLabels
from .predictions import ModelPredictions

MOST_CLASSES = 25
"""So many are drawn as a matrix whose numbers can be read; of more, the pairs are listed."""
MOST_PAIRS = 200
LONGEST = 16  # characters of a name in a sentence


@dataclass(frozen=True)
class ConfusedPair:
    """Images of one class that a model takes for another.

    label, predicted: class numbers. share: of the class' images, with Wilson's interval. reverse: images of the other
    class that it takes for this one.
    """

    label: int
    predicted: int
    n: int
    share: Estimate
    reverse: int


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each class is taken for each, on the images that were evaluated.

    counts: (K, K) int, rows by label, columns by prediction; K classes. names: of the classes. pairs: those that
    differ, most images first, at most MOST_PAIRS. n_pairs: how many there are. without_label: images evaluated by
    the given labels that have none of this kind.
    """

    counts: Ints
    names: tuple[str, ...]
    pairs: tuple[ConfusedPair, ...]
    n_pairs: int
    without_label: int

    @property
    def n(self) -> int:
        """Images that were evaluated."""
        return int(self.counts.sum())

    @property
    def n_wrong(self) -> int:
        """Those of another class than was predicted."""
        return self.n - int(np.trace(self.counts))

    @property
    def error(self) -> Estimate:
        """Share of images of another class than was predicted, with Wilson's interval."""
        return share_estimate(self.n_wrong, self.n)

    def shares(self, classes: Sequence[int]) -> list[list[Estimate]]:
        """Cells of some classes, row by row, as shares of the images of the row's class, with Wilson's interval."""
        n = self.counts[np.ix_(classes, classes)]
        totals = np.broadcast_to(self.counts[np.array(classes, int)].sum(axis=1)[:, None], n.shape)
        value = np.where(totals > 0, n / np.maximum(totals, 1), np.nan)
        return [share_estimates(*row) for row in zip(value, *wilson(n, totals), totals, strict=True)]


def decile_ids(in_order: Ints, decile: int) -> Ints:
    """(k,) ids of a decile, 1 the first; none of fewer than ten. in_order: (m,) ids, the easiest (or lowest) first."""
    if len(in_order) < DECILES:
        return in_order[:0]
    start, stop = (-(-edge * len(in_order) // DECILES) for edge in (decile - 1, decile))  # as `equal_slices` cuts
    return in_order[start:stop]


def counted_ids(
    reader: Reader, model: ModelPredictions, selection: Selection, images: str, in_order: Ints | None, decile: int
) -> Ints:
    """(m,) ids of the images that are counted: those of a decile of an order, or all in view where there is no order.

    in_order: ids as `evaluated_ids` gives them.
    """
    if in_order is not None:
        return decile_ids(in_order, decile)
    rows, in_view = model.rows(images), mask_of(reader, selection)
    return np.flatnonzero(rows if in_view is None else rows & in_view)


def confusion(model: ModelPredictions, by: EvaluatingLabels, ids: Ints, *, label: int | None = None) -> Confusion:
    """Count label against prediction. ids: (m,) images. label: None for all, else pairs of this class on either side.

    Labels and predictions as they are stored are counted in one pass; only the counts are then put under the classes
    that others were merged into.
    """
    n_classes = len(by.names)
    # Row and column 0 are of what has no class.
    cells = by.labels[ids].astype(np.int64)
    cells += 1
    cells *= n_classes + 1
    cells += model.predicted[ids]
    cells += 1
    stored = np.bincount(cells, minlength=(n_classes + 1) ** 2).reshape(n_classes + 1, n_classes + 1)
    counts, merged = stored[1:, 1:].copy(), np.flatnonzero(by.class_of != np.arange(n_classes))
    counts[:, merged] = 0
    for one in merged[by.class_of[merged] != UNLABELLED]:
        counts[:, by.class_of[one]] += stored[1:, 1 + one]
    return Confusion(counts, by.names, *_pairs(counts, label), len(ids) - int(counts.sum()))


def _pairs(counts: Ints, label: int | None) -> tuple[tuple[ConfusedPair, ...], int]:
    """The cells off the diagonal, most images first, then the larger share; and how many there are."""
    wrong, totals = counts.copy(), counts.sum(axis=1)
    np.fill_diagonal(wrong, 0)
    if label is not None:
        of_class = np.arange(len(counts)) == label
        wrong[~(of_class[:, None] | of_class)] = 0
    cells = np.flatnonzero(wrong)
    n = wrong.ravel()[cells]
    n_pairs = len(cells)
    if n_pairs > MOST_PAIRS:  # a million cells are not sorted where those of the most images are enough
        listed = n >= np.partition(n, -MOST_PAIRS)[-MOST_PAIRS]
        cells, n = cells[listed], n[listed]
    rows, columns = np.divmod(cells, len(counts))
    first = np.lexsort((columns, rows, totals[rows], -n))[:MOST_PAIRS]
    rows, columns, n = rows[first], columns[first], n[first]
    shares = share_estimates(n / totals[rows], *wilson(n, totals[rows]), totals[rows])
    places = zip(rows.tolist(), columns.tolist(), n.tolist(), shares, counts[columns, rows].tolist(), strict=True)
    return tuple(ConfusedPair(*place) for place in places), n_pairs


def cell_ids(model: ModelPredictions, by: EvaluatingLabels, ids: Ints, label: int, predicted: int) -> Ints:
    """The images of one cell, the most confidently predicted first: of those, a wrong label is likeliest."""
    found: Ints = ids[(by.labels[ids] == label) & (by.class_of[model.predicted[ids]] == predicted)]
    in_order: Ints = found[np.argsort(-model.confidence[found], kind="stable")]
    return in_order


def confusion_in_words(found: Confusion) -> str:
    """What follows: the pair that is confused most, and how much of all errors it is."""
    if not found.n:
        return "no image to evaluate"
    if not found.n_wrong:
        return f"none of {count(found.n)} images is taken for another class"
    if not found.pairs:
        return "no pair of this class is confused"
    most = found.pairs[0]
    return (
        f"most often {_short(found.names[most.label])} as {_short(found.names[most.predicted])}: {count(most.n)}, "
        f"{percent_interval(most.share)} of its class, {percent(most.n / found.n_wrong)} of {count(found.n_wrong)} "
        "errors"
    )


def _short(name: str) -> str:
    """A name that leaves room for the others of its line."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST // 2]}…{name[-(LONGEST // 2) :]}"


def shown_classes(found: Confusion, label: int | None) -> Sequence[int]:
    """The classes of the matrix: all where they can be read, () where there are too many.

    With a class chosen, it and those it is confused with most.
    """
    if len(found.names) <= MOST_CLASSES:
        return range(len(found.names))
    if label is None:
        return ()
    others = dict.fromkeys(pair.predicted if pair.label == label else pair.label for pair in found.pairs)
    return sorted([label, *list(others)[: MOST_CLASSES - 1]])
