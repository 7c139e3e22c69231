"""Does a score put the images a model gets wrong at one end? Errors along the order of any score, of any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.along import Parts, between, equal_parts, parts_of_size, whole
from ...metrics.difficulty import ENOUGH_WRONG
from ...metrics.intervals import Interval
from ...metrics.ranking import auroc_interval
from ...types import HARDER_HIGH, HARDER_LOW, Bools, Floats, Ints
from ...wording import count, percent, percent_interval, span, three
from ..view.choices import ScoreChoice
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader
from .predictions import HELD_OUT, ModelPredictions

__all__ = [
    "ClassOrder", "ErrorOrder", "Parts", "class_orders", "concentration", "contrast", "direction_in_words",
    "ends_in_words", "half_of_errors", "judged_order", "measured_direction", "rising_classes", "worst_classes",
]  # fmt: skip

TENTHS, GROUP = 10, 500
FEWEST = 10  # rows: with fewer there are no tenths


@dataclass(frozen=True, eq=False)
class ErrorOrder:
    """The judged images in view in the order of one score, and which of them one model gets wrong.

    ids: (m,) easiest first; lowest first where the score's direction is not known. wrong: (m,) bool.
    auroc: chance that a misclassified image scores higher than a correct one, with its 95 % interval.
    """

    ids: Ints
    wrong: Bools
    auroc: Interval

    @property
    def n_wrong(self) -> int:
        """Misclassified images."""
        return int(np.count_nonzero(self.wrong))

    @property
    def error(self) -> Interval:
        """The error of all of them."""
        return whole(self.wrong)

    def tenths(self) -> Parts | None:
        """Ten equal parts, easiest (or lowest) first; None with fewer than ten images."""
        return equal_parts(self.wrong, TENTHS) if len(self.ids) >= FEWEST else None

    def ends(self) -> Parts | None:
        """Three parts that overlap: the first tenth, everything, the last tenth. Agarwal et al. 2022, figure 9."""
        tenths = self.tenths()
        if tenths is None:
            return None
        everything = between(self.wrong, np.array([0, len(self.wrong)]))
        return tenths.take([0]).beside(everything).beside(tenths.take([-1]))

    def groups(self) -> Parts | None:
        """Groups of `group_size` images, hardest (or highest) first; positions count from that end."""
        return parts_of_size(self.wrong[::-1], self.group_size) if len(self.ids) >= FEWEST else None

    @property
    def group_size(self) -> int:
        """500 as in Cui et al. 2023, fewer where that would leave fewer than ten groups."""
        return min(GROUP, len(self.ids) // TENTHS)


def judged_order(
    reader: Reader,
    lowest_first: Ints,
    values: Floats,
    score: ScoreChoice,
    model: ModelPredictions,
    selection: Selection,
    images: str = HELD_OUT,
) -> ErrorOrder:
    """Errors of a model along a score, among images in view.

    lowest_first: (m,) ids of the images that have the score, by ascending value. values: (n,).
    """
    rows = model.rows(images)
    in_view = mask_of(reader, selection)
    rows = rows if in_view is None else rows & in_view
    ids = lowest_first[rows[lowest_first]]
    wrong = ~model.correct[ids]
    auroc = auroc_interval(values[ids], wrong)
    if score.direction == HARDER_LOW:
        ids, wrong = ids[::-1], wrong[::-1]
    return ErrorOrder(ids, wrong, auroc)


def measured_direction(order: ErrorOrder) -> int | None:
    """Which end of the score holds more error here: HARDER_HIGH, HARDER_LOW, None where that cannot be told."""
    enough = min(order.n_wrong, len(order.ids) - order.n_wrong) >= ENOUGH_WRONG
    if enough and order.auroc.low > 0.5:
        return HARDER_HIGH
    return HARDER_LOW if enough and order.auroc.high < 0.5 else None


def direction_in_words(score: ScoreChoice, order: ErrorOrder) -> str:
    """The direction as it was measured on these images: "Higher rmd goes with more error: AUROC 0.81 [0.78, 0.84]"."""
    found, name = measured_direction(order), score.name
    figure = f"AUROC {three(order.auroc.value)} {span(order.auroc.low, order.auroc.high)}".strip()
    few = min(order.n_wrong, len(order.ids) - order.n_wrong)
    if few < ENOUGH_WRONG:
        kind = "wrong" if order.n_wrong == few else "right"
        return f"Only {count(few)} of {count(len(order.ids))} are {kind}: too few to say which way {name} points."
    if found is None:
        return f"{name} does not go with error here: {figure}; 0.5 is chance."
    text = f"{'Higher' if found == HARDER_HIGH else 'Lower'} {name} goes with more error: {figure}."
    if score.direction is not None and score.direction != found:
        text += " On the whole data it points the other way."
    return text


def ends_in_words(score: ScoreChoice) -> tuple[str, str]:
    """What the first and the last part of the order are: "easiest", "hardest", or "lowest", "highest"."""
    return ("lowest", "highest") if score.direction is None else ("easiest", "hardest")


def concentration(score: ScoreChoice, order: ErrorOrder) -> str:
    """What follows from the tenths: the share of all errors that the last of them holds."""
    parts = order.tenths()
    if parts is None or not order.n_wrong:
        return "no error to place" if len(order.ids) else "no image to judge"
    last, first = (percent(int(parts.wrong[i]) / order.n_wrong) for i in (-1, 0))
    low, high = ends_in_words(score)
    return f"the {high} tenth holds {last} of the {count(order.n_wrong)} errors, the {low} tenth {first}"


def contrast(score: ScoreChoice, order: ErrorOrder) -> str:
    """The error of the last tenth beside that of the first, with both intervals."""
    parts = order.ends()
    if parts is None:
        return "no tenths"
    low, high = ends_in_words(score)
    figures = [percent_interval(*(float(v[i]) for v in (parts.error, parts.low, parts.high))) for i in (-1, 0)]
    return f"{high} {figures[0]}, {low} {figures[1]}"


def half_of_errors(score: ScoreChoice, order: ErrorOrder) -> str:
    """In how many groups from the hard end half of the errors lie, of how many."""
    parts = order.groups()
    if parts is None or not order.n_wrong:
        return "no error to place"
    needed = int(np.searchsorted(np.cumsum(parts.wrong), order.n_wrong / 2)) + 1
    end = ends_in_words(score)[1]
    return f"half of all errors lie in the first {count(needed)} of {count(len(parts))} groups from the {end}"


@dataclass(frozen=True, eq=False)
class ClassOrder:
    """One class of an order. parts: of its own order, None where it has fewer images than parts."""

    label: int
    order: ErrorOrder
    parts: Parts | None


def worst_classes(reader: Reader, order: ErrorOrder, most: int) -> list[int]:
    """Labels of the classes with the largest error, the larger class first among equals; at most `most`."""
    labels = reader.labels[order.ids]
    n = np.bincount(labels, minlength=len(reader.class_names))
    error = np.bincount(labels, weights=order.wrong, minlength=len(n)) / np.maximum(n, 1)
    ranked = np.lexsort((np.arange(len(n)), -n, -error))
    return [int(label) for label in ranked[:most] if n[label]]


def class_orders(reader: Reader, order: ErrorOrder, values: Floats, labels: list[int]) -> list[ClassOrder]:
    """Each class by itself: all in as many parts as leave twenty images to most of them, ten at most, five at least."""
    of_image = reader.labels[order.ids]
    members = [np.flatnonzero(of_image == label) for label in labels]
    n_parts = class_parts([len(rows) for rows in members])
    found = []
    for label, rows in zip(labels, members, strict=True):
        ids, wrong = order.ids[rows], order.wrong[rows]
        part = ErrorOrder(ids, wrong, auroc_interval(values[ids], wrong))
        found.append(ClassOrder(label, part, equal_parts(wrong, n_parts) if len(ids) >= n_parts else None))
    return found


def rising_classes(classes: Sequence[ClassOrder]) -> tuple[int, int]:
    """In how many classes the last part has more error than the first, of how many that have parts."""
    cut = [one.parts for one in classes if one.parts is not None]
    return sum(bool(parts.error[-1] > parts.error[0]) for parts in cut), len(cut)


def class_parts(sizes: list[int]) -> int:
    """Into how many parts classes of these sizes are cut: tenths, or fifths where tenths would be too few images."""
    return TENTHS if sizes and float(np.median(sizes)) >= 20 * TENTHS else 5
