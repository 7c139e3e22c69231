"""Is what is wrong forgotten before what is rare: labels are altered on a copy, and classes reduced to a few images.

Maini et al. 2022, section 4. A model learns each half of the images and goes on with the other. The audit's labels stay
as they are, and no model is kept. Rows of the `metric` table, subject "items":

    second_split_auroc    slice "forgetting, altered before kept": chance that an image whose label was altered is
                          forgotten before one whose label was kept; so of "rare", and "learning, … after …". Slice
                          "forgetting, altered before rare, over classes": its interval is over the reduced classes,
                          whose images go together, and n is how many those are
    second_split_average_precision    slice "forgetting, altered": of altered labels among those and kept ones
    second_split_epoch    slice "forgetting, rare": mean epoch of a group, one more than there are for never
    second_split_right    slice "altered, epoch 3": share still predicted rightly after it on the other half
    second_split_error    slice "first half": share wrong when it had been learned. The note says what was trained, and
                          whether near zero was reached in both halves
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...device import pick_device, set_threads
from ...kinds.evaluate import CHECKED_HALVES, PLANTED_FORGETTING
from ...metrics.auroc import auroc_interval
from ...metrics.clustered_auroc import clustered_auroc
from ...metrics.gradients.two_groups import FEWEST, comparable
from ...metrics.intervals import mean_estimate, share_estimate, share_of
from ...metrics.labels import found
from ...progress import Reporter
from ...scorers.second_split import forgetting_epoch, learning_epoch
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...store.metrics import ITEMS, LEVEL, MEMORISED, OVER_CLASSES, SECOND_SPLIT, Metric, metric_table
from ...store.paths import remove
from ...store.writer import RunWriter, run_id
from ...training.held_out import TrainingSplit, fewer_images
from ...types import UNLABELLED, Bools, Floats, Ints, RunSpec, SecondSplit
from ...wording import counted, with_interval
from ..steps import Done, compute
from ..training.random_labels import altered_share
from ..training.second_split import AUTO, HALVES, SecondSplitTraining, prepare_second_split, train_both_ways
from ..training.throwaway import NearZero

NAME = "second-split"
FORM = 2
"""Raised when the rows change, so that older ones are not taken for them."""
SHARE = 20  # per cent of the labels of classes that are not reduced that are altered, to another of these classes
IMAGES, RESAMPLES = 4000, 1000
EPOCHS, SECOND_EPOCHS = 60, 20
RARE_CLASSES, RARE_SHARE = 5, 10  # one class in so many is reduced, to one image in so many, FEWEST at least
CLASSES_FOR_RARE = 3  # below, no two classes would be left between which labels can be altered
ALTERED, KEPT, RARE = "altered", "kept", "rare"


@dataclass(frozen=True)
class PlantedForgetting:
    """What is planted and trained. altered, rare: (n,) bool, of the training's images; the others are kept."""

    training: SecondSplitTraining
    altered: Bools
    rare: Bools
    spec: RunSpec

    @property
    def groups(self) -> dict[str, Bools]:
        """By name, (n,) bool each; those of too few images are left out."""
        kept = self.training.taking_part & ~self.altered & ~self.rare
        every = {ALTERED: self.altered, RARE: self.rare, KEPT: kept}
        return {name: rows for name, rows in every.items() if np.count_nonzero(rows) >= FEWEST}

    @property
    def described(self) -> str:
        """What was done to the images, in words."""
        return (
            f"{self.altered.sum():,} labels of {counted(int(self.training.taking_part.sum()), 'image')} altered, "
            f"{counted(int(self.rare.sum()), 'image')} of {counted(self.n_rare, 'reduced class', 'reduced classes')}"
        )

    @property
    def n_rare(self) -> int:
        """Classes that were reduced."""
        return len(np.unique(self.training.labels[self.rare]))


def prepare_planted_forgetting(
    audit: Audit, *, images: int = IMAGES, epochs: int = EPOCHS, second_epochs: int = SECOND_EPOCHS,
    quick: bool = False, model: str = AUTO, seed: int = 0, device: str = "auto",
) -> PlantedForgetting:  # fmt: skip
    """Decide on images, altered labels and reduced classes. images: drawn at most from the labelled training images.

    quick: whether it is a first look, for the command that computes it again. Raises TooFewRows on too few images or
    classes, and where fewer than ten labels would be altered.
    """
    set_threads()
    hub, on = views.open_hub(audit, ()), pick_device(device)
    labels = views.labels(hub)
    usable = fit_rows(views.column(hub, "split")) & (labels != UNLABELLED)
    drawn = fewer_images(TrainingSplit(usable, np.zeros_like(usable), ""), labels, images).train
    given, rare = reduced(np.where(drawn, labels, UNLABELLED), seed)
    others = np.flatnonzero((given != UNLABELLED) & ~rare)
    planted = given.copy()
    if len(np.unique(given[others])) > 1:
        planted[others] = altered_share(given[others], np.unique(given[others]), SHARE, seed)
    comparable((planted != given)[others])  # before minutes of training, not after them
    training = prepare_second_split(
        audit, planted, on, CHECKED_HALVES, epochs=epochs, second_epochs=second_epochs, model=model, seed=seed
    )
    parameters = {
        PLANTED_FORGETTING: "quick" if quick else "full", "images": images, "altered_labels": SHARE,
        "reduced_classes": [RARE_CLASSES, RARE_SHARE, FEWEST], "near_zero": MEMORISED, "resamples": RESAMPLES,
        "level": LEVEL, "device": on.type, "form": FORM, **training.parameters(),
    }  # fmt: skip
    spec = RunSpec("evaluate", NAME, {"items": audit.items_fingerprint}, parameters, seed)
    return PlantedForgetting(training, planted != given, rare, spec)


def reduced(labels: Ints, seed: int) -> tuple[Ints, Bools]:
    """Leave one class in RARE_CLASSES a few of its images. labels: (n,), UNLABELLED for an image that takes no part.

    Returns the labels, UNLABELLED for what was left out too, and (n,) bool which images are of a reduced class. Of
    fewer than three classes none is reduced.
    """
    generator = np.random.default_rng([seed, 0x4A4E])
    classes = np.unique(labels[labels != UNLABELLED])
    chosen = max(len(classes) // RARE_CLASSES, 1) if len(classes) >= CLASSES_FOR_RARE else 0
    left, rare = labels.copy(), np.zeros(len(labels), bool)
    for label in np.sort(generator.permutation(classes)[:chosen]):
        rows = generator.permutation(np.flatnonzero(labels == label))
        few = max(len(rows) // RARE_SHARE, FEWEST)
        rare[rows[:few]], left[rows[few:]] = True, UNLABELLED
    return left, rare


def planted_forgetting(audit: Audit, asked: PlantedForgetting, reporter: Reporter) -> Done:
    """Train both ways and compare the groups. A killed run goes on after its last epoch."""

    def work(writer: RunWriter) -> None:
        if "rows" in writer.finished():
            return  # what they are made from is gone
        seen, errors = train_both_ways(audit, asked.training, writer, reporter)
        rows = list(forgetting_rows(asked, seen, errors))
        writer.commit("rows", metric_table(rows), clear=(CHECKED_HALVES,))
        said = [f"{row.slice} {with_interval(row.estimate)}" for row in rows if row.name == SECOND_SPLIT["auroc"]]
        reporter.say(f"second-split forgetting: AUROC, estimated: {'; '.join(said)}")

    done = compute(audit, asked.spec, work, reporter)
    remove(audit, audit.checkpoints(run_id(asked.spec)))  # nothing reads these weights again
    return done


def forgetting_rows(asked: PlantedForgetting, seen: SecondSplit, errors: list[NearZero]) -> Iterator[Metric]:
    """Rows of what was found. errors: how near zero each half was learned to."""
    config = asked.training.first
    reached = "near zero" if max(one.error for one in errors) <= MEMORISED else "near zero not reached"
    note = (
        f"{config.model} at {config.image_size} pixels, {asked.described}, learned in {errors[0].last} and "
        f"{errors[1].last} epochs, then {asked.training.second.epochs} on the other half, seed {config.seed}: {reached}"
    )
    for side, (name, error) in enumerate(zip(HALVES, errors, strict=True)):
        n = int(np.count_nonzero(asked.training.taking_part & (asked.training.half == side)))
        yield Metric(SECOND_SPLIT["error"], ITEMS, name, share_estimate(round(error.error * n), n, LEVEL), note)
    for group, rows in asked.groups.items():
        for epoch, right in enumerate(seen.forgetting[rows].T, 1):
            yield Metric(SECOND_SPLIT["right"], ITEMS, f"{group}, epoch {epoch}", share_of(right, LEVEL), note)
    yield from _of_epochs(asked, "forgetting", "before", -forgetting_epoch(seen.forgetting), note)
    yield from _of_epochs(asked, "learning", "after", learning_epoch(seen.learning), note)


def _of_epochs(asked: PlantedForgetting, by: str, order: str, values: Floats, note: str) -> Iterator[Metric]:
    """Rows of one of both epochs. values: (n,) float, higher where a label is the likelier to be wrong."""
    groups = asked.groups
    for group, rows in groups.items():
        yield Metric(SECOND_SPLIT["mean"], ITEMS, f"{by}, {group}", mean_estimate(np.abs(values[rows]), LEVEL), note)
    for one, other in combinations(groups, 2):
        rows = groups[one] | groups[other]
        apart = auroc_interval(values[rows], groups[one][rows], LEVEL)
        yield Metric(SECOND_SPLIT["auroc"], ITEMS, f"{by}, {one} {order} {other}", apart, note)
    if RARE in groups:
        rows, labels = groups[ALTERED] | groups[RARE], asked.training.labels
        over = clustered_auroc(values[rows], groups[ALTERED][rows], labels[rows], LEVEL)
        yield Metric(SECOND_SPLIT["auroc"], ITEMS, f"{by}, {ALTERED} {order} {RARE}, {OVER_CLASSES}", over, note)
    rows = groups[ALTERED] | groups[KEPT]
    worth = found(values[rows], groups[ALTERED][rows], ks=(), n=RESAMPLES, level=LEVEL)
    yield Metric(SECOND_SPLIT["average_precision"], ITEMS, f"{by}, {ALTERED}", worth.average_precision, note)
