"""Does a score put the images a model gets wrong at one end? Errors along the order of any score, of any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...metrics.auroc import auroc_interval
from ...metrics.difficulty import (
    DECILES,
    ENOUGH_WRONG,
    ErrorSlices,
    direction_of,
    equal_slices,
    slices_between,
    slices_of_size,
)
from ...metrics.intervals import share_of
from ...store import views
from ...types import HARDER_HIGH, HARDER_LOW, Bools, Estimate, Floats, Ints
from ...wording import count, percent, percent_interval, with_interval
from ..view.choices import ScoreChoice
from ..view.ranking import Selection, mask_of
from ..view.reader import Reader
from .predictions import HELD_OUT, ModelPredictions

__all__ = [
    "ClassOrder",
    "ErrorOrder",
    "ErrorSlices",
    "class_orders",
    "concentration",
    "contrast",
    "direction_in_words",
    "ends_in_words",
    "evaluated_ids",
    "evaluated_order",
    "half_of_errors",
    "rising_classes",
    "worst_classes",
]  # fmt: skip

GROUP = 500
FEWEST_SLICES = 5  # of a class


@dataclass(frozen=True, eq=False)
class ErrorOrder:
    """The evaluated images in view in the order of one score, and which of them one model gets wrong.

    ids: (m,) easiest first; lowest first where the score's direction is not known. wrong: (m,) bool.
    auroc: chance that a misclassified image scores higher than a correct one, with its 95 % interval.
    """

    ids: Ints
    wrong: Bools
    auroc: Estimate

    @property
    def n_wrong(self) -> int:
        """Misclassified images."""
        return int(np.count_nonzero(self.wrong))

    @property
    def too_few(self) -> bool:
        """Whether so few are wrong, or right, that no interval tells a direction."""
        return min(self.n_wrong, len(self.ids) - self.n_wrong) < ENOUGH_WRONG

    @property
    def direction(self) -> int | None:
        """Which end of the score holds more error: HARDER_HIGH, HARDER_LOW, None where that cannot be told."""
        return direction_of(self.auroc, self.n_wrong)

    @property
    def error(self) -> Estimate:
        """The error of all of them."""
        return share_of(self.wrong)

    def deciles(self) -> ErrorSlices | None:
        """`error_by_decile` of the order, easiest (or lowest) first; None with fewer than ten images."""
        return self.equal_slices(DECILES)

    def equal_slices(self, n_slices: int) -> ErrorSlices | None:
        """So many slices of equal size, easiest (or lowest) first; None with fewer images than that."""
        return equal_slices(self.wrong, n_slices) if len(self.ids) >= n_slices else None

    def ends(self) -> ErrorSlices | None:
        """Three slices that overlap: the first decile, everything, the last decile. Agarwal et al. 2022, figure 9."""
        deciles = self.deciles()
        if deciles is None:
            return None
        everything = slices_between(self.wrong, np.array([0, len(self.wrong)]))
        return deciles.take([0]).beside(everything).beside(deciles.take([-1]))

    def groups(self) -> ErrorSlices | None:
        """`error_by_group` of the order, hardest (or highest) first; positions count from that end."""
        return slices_of_size(self.wrong[::-1], self.group_size) if len(self.ids) >= DECILES else None

    @property
    def group_size(self) -> int:
        """500 as in Cui et al. 2023, fewer where that would leave fewer than ten groups."""
        return min(GROUP, len(self.ids) // DECILES)


def evaluated_ids(
    reader: Reader, lowest_first: Ints, score: ScoreChoice, model: ModelPredictions, selection: Selection, images: str
) -> Ints:
    """(m,) ids of the images in view on which a model is evaluated along a score, in the order of `ErrorOrder`.

    Of a score that was made from another model, those which that one was trained on take no part among held-out images:
    it is surer of them, whatever they are like.
    lowest_first: ids of the images that have the score, by ascending value.
    """
    rows = model.rows(images)
    in_view = mask_of(reader, selection)
    rows = rows if in_view is None else rows & in_view
    if images == HELD_OUT and score.model_run not in ("", model.run_id):
        rows = rows & ~views.predictions(reader.hub, score.model_run, "trained_on")["trained_on"]
    ids: Ints = lowest_first[rows[lowest_first]]
    return ids[::-1] if score.direction == HARDER_LOW else ids


def evaluated_order(
    reader: Reader,
    lowest_first: Ints,
    values: Floats,
    score: ScoreChoice,
    model: ModelPredictions,
    selection: Selection,
    images: str = HELD_OUT,
) -> ErrorOrder:
    """Errors of a model along a score, among the images of `evaluated_ids`. values: (n,)."""
    ids = evaluated_ids(reader, lowest_first, score, model, selection, images)
    wrong = ~model.correct[ids]
    return ErrorOrder(ids, wrong, auroc_interval(values[ids], wrong))


def direction_in_words(score: ScoreChoice, order: ErrorOrder) -> str:
    """The direction as it was measured on these images: "Higher rmd goes with more error: AUROC 0.81 [0.78, 0.84]"."""
    direction, name = order.direction, score.name
    figure = f"AUROC {with_interval(order.auroc)}"
    if order.too_few:
        few = min(order.n_wrong, len(order.ids) - order.n_wrong)
        kind = "wrong" if order.n_wrong == few else "right"
        return f"Only {count(few)} of {count(len(order.ids))} are {kind}: too few to say which way {name} points."
    if direction is None:
        return f"{name} is not shown to go with error here: {figure}; 0.5 is chance."
    text = f"{'Higher' if direction == HARDER_HIGH else 'Lower'} {name} goes with more error: {figure}."
    if score.direction is not None and score.direction != direction:
        # As its scorer declares it, or as it was measured on all held-out images.
        text += f" Elsewhere its {'low' if direction == HARDER_HIGH else 'high'} end is called the hard one."
    return text


def ends_in_words(score: ScoreChoice) -> tuple[str, str]:
    """What the first and the last slice of the order are: "easiest", "hardest", or "lowest", "highest"."""
    return ("lowest", "highest") if score.direction is None else ("easiest", "hardest")


def concentration(score: ScoreChoice, order: ErrorOrder) -> str:
    """What follows from the deciles: the share of all errors that the last of them holds."""
    slices = order.deciles()
    if slices is None or not order.n_wrong:
        return "no error to place" if len(order.ids) else "no image to evaluate"
    last, first = (percent(int(slices.wrong[i]) / order.n_wrong) for i in (-1, 0))
    low, high = ends_in_words(score)
    return f"the {high} decile holds {last} of the {count(order.n_wrong)} errors, the {low} decile {first}"


def contrast(score: ScoreChoice, order: ErrorOrder) -> str:
    """The error of the last decile beside that of the first, with both intervals."""
    slices = order.ends()
    if slices is None:
        return "no deciles"
    low, high = ends_in_words(score)
    figures = [percent_interval(slices.estimates[i]) for i in (-1, 0)]
    return f"{high} {figures[0]}, {low} {figures[1]}"


def half_of_errors(score: ScoreChoice, order: ErrorOrder) -> str:
    """In how many groups from the hard end half of the errors lie, of how many."""
    slices = order.groups()
    if slices is None or not order.n_wrong:
        return "no error to place"
    needed = int(np.searchsorted(np.cumsum(slices.wrong), order.n_wrong / 2)) + 1
    end = ends_in_words(score)[1]
    return f"half of all errors lie in the first {count(needed)} of {count(len(slices))} groups from the {end}"


@dataclass(frozen=True, eq=False)
class ClassOrder:
    """One class of an order. slices: of its own order, None where it has fewer images than slices."""

    label: int
    order: ErrorOrder
    slices: ErrorSlices | None


def worst_classes(reader: Reader, order: ErrorOrder, most: int) -> list[int]:
    """Labels of the classes with the largest error, the larger class first among equals; at most `most`.

    Of those that have an image for each slice: a class of one image would be the worst of all, and nothing to draw.
    """
    labels = reader.labels[order.ids]
    n = np.bincount(labels, minlength=len(reader.class_names))
    error = np.bincount(labels, weights=order.wrong, minlength=len(n)) / np.maximum(n, 1)
    ranked = np.lexsort((np.arange(len(n)), -n, -error))
    return [int(label) for label in ranked if n[label] >= FEWEST_SLICES][:most]


def class_orders(reader: Reader, order: ErrorOrder, values: Floats, labels: list[int]) -> list[ClassOrder]:
    """Each class by itself, all in as many slices: ten where that leaves twenty images to most of them, else five."""
    of_image = reader.labels[order.ids]
    members = [np.flatnonzero(of_image == label) for label in labels]
    n_slices = class_slices([len(rows) for rows in members])
    orders = []
    for label, rows in zip(labels, members, strict=True):
        ids, wrong = order.ids[rows], order.wrong[rows]
        of_class = ErrorOrder(ids, wrong, auroc_interval(values[ids], wrong))
        orders.append(ClassOrder(label, of_class, of_class.equal_slices(n_slices)))
    return orders


def rising_classes(classes: Sequence[ClassOrder]) -> tuple[int, int]:
    """In how many classes the last slice has more error than the first, of how many that have slices."""
    cut = [one.slices for one in classes if one.slices is not None]
    return sum(bool(slices.error[-1] > slices.error[0]) for slices in cut), len(cut)


def class_slices(sizes: list[int]) -> int:
    """How many slices for classes of these sizes: ten, or five where a tenth would be too few images."""
    return DECILES if sizes and float(np.median(sizes)) >= 20 * DECILES else FEWEST_SLICES
