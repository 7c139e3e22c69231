"""How well scores find wrong labels by what people decided: from the random sample, or among the reviewed alone.

Images that were reviewed because a score ranked them high are no fair judge of it. Those of the random sample are:
each stands for as many images as its stratum has for every one that was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...metrics.labels import FALSE_POSITIVE_RATES, RECALLS
from ...metrics.sampled import found_in_sample, resampled_weights
from ...reviews.scores_shown import scores_shown
from ...reviews.verdicts import verdicts
from ...types import Floats
from ...wording import count, percent
from ..review.random_sample import suspicion_of
from ..review.reviewed_sample import Decided, RandomSample, by_themselves, random_sample
from ..scores.agreement import main_scores
from ..view.choices import ScoreChoice
from ..view.journal import reading
from ..view.reader import Reader
from .detection import DetectionCurve, Finder

MOST_ROWS = 10_000
"""Beyond so many decisions a seeded sample of them is used: its error is far below the interval's width."""


@dataclass(frozen=True, eq=False)
class ByReviews:
    """Finders, the highest average precision first; [] where there are too few decisions of either kind.

    sampled: whether they are from the random sample and speak for all its images, else for the reviewed alone. n,
    wrong: decisions they are from and wrong labels among them. share: of wrong labels in what they speak for. drawn:
    the sample, also where it is too small to use. thinned: whether a part of the decisions was used.
    """

    finders: tuple[Finder, ...]
    sampled: bool
    n: int
    wrong: int
    share: float
    drawn: RandomSample | None = None
    thinned: bool = False

    @property
    def notes(self) -> Iterator[str]:
        """What a reader has to know of the figures."""
        if self.sampled and self.drawn:
            yield (
                f"From the random sample drawn by {self.drawn.by.name}: {count(self.n)} reviewed images, "
                f"{count(self.wrong)} of them with a wrong label, each weighted by how many of its class and band it "
                f"stands for, together {count(self.drawn.images)}. Low ends allow for one more wrong label among those "
                "that weigh most."
            )
            if self.drawn.stand_in:
                yield (
                    f"{percent(self.drawn.stand_in)} of the images are of a class and band without a sampled image: "
                    "other classes of the band stand for them."
                )
        if self.thinned:
            yield f"Computed on {count(MOST_ROWS)} of these decisions, drawn at random from seed 0."

    @property
    def caution(self) -> str:
        """In one line what is wrong with decisions that no sample led to, "" for a sample."""
        if self.sampled:
            return ""
        said = (
            f"Among {count(self.n)} reviewed images alone, {count(self.wrong)} of them with a wrong label: these were "
            "chosen by a score and favour it, so the figures are not those of the whole set."
        )
        if self.drawn is None:
            return said
        few = self.drawn.decided
        return f"{said} The random sample is small: {count(len(few.ids))} images, {count(int(few.wrong.sum()))} wrong."


def finding_by_reviews(reader: Reader, choices: Sequence[ScoreChoice], likely: Sequence[str], at: int) -> ByReviews:
    """What decisions up to entry `at` say of every score, its highest values taken as the most suspect.

    likely: addresses that a sample may have been drawn by. Curves are of these and of scores that are no variant.
    """
    with reading(reader.hub.audit) as journal:
        reviewed, wrong = verdicts(reader.hub, journal, at)
        shown = scores_shown(journal, at) if journal and at else []
    everything = by_themselves(np.flatnonzero(reviewed), wrong)
    drawn = random_sample(reader, choices, [*likely, *shown], reviewed, wrong) if everything.wrong.any() else None
    sampled = drawn is not None and drawn.decided.enough
    decided = drawn.decided if drawn and sampled else everything
    found = ByReviews((), sampled, len(decided.ids), int(decided.wrong.sum()), decided.share, drawn)
    if not decided.enough:
        return found
    if len(decided.ids) > MOST_ROWS:
        decided, found = decided.thinned(MOST_ROWS), replace(found, thinned=True)
    drawn_as_curves = {choice.address for choice in main_scores(choices)} | {*likely}
    resampled = resampled_weights(decided.sample)
    finders = [
        one
        for choice in choices
        if (one := _finder(reader, choice, decided, resampled, choice.address in drawn_as_curves))
    ]
    return replace(found, finders=tuple(sorted(finders, key=lambda one: -one.average_precision.value)))


def _finder(reader: Reader, choice: ScoreChoice, decided: Decided, resampled: Floats, curves: bool) -> Finder | None:
    values = suspicion_of(reader, choice.address)[decided.ids]
    known = ~np.isnan(values)
    if not decided.take(known).enough:
        return None
    found = found_in_sample(values, decided.wrong, decided.sample, resampled, curves=curves)
    roc, precision_recall = (
        DetectionCurve(FALSE_POSITIVE_RATES, *found.roc),
        DetectionCurve(RECALLS, *found.precision_recall),
    )
    return Finder(
        choice, found.auroc, found.average_precision, roc if curves else None, precision_recall if curves else None
    )
