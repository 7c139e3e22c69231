"""By what the images of a map are coloured: a group each belongs to, or a number each has, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...reviews import AMBIGUOUS, CONFIRMED, EXCLUDED, RELABELLED
from ...reviews.verdicts import decided_images
from ...store import views
from ...types import UNLABELLED, Floats, Ints
from ..models.predictions import ModelPredictions
from ..view.choices import ScoreChoice
from ..view.journal import reading
from ..view.reader import Reader

MOST_CLASSES = 10  # as many as there are colours that anybody tells apart
OTHER = "other"


@dataclass(frozen=True, eq=False)
class Colouring:
    """codes: (n,) int, which of `names` each image is; None where there are no groups. names: the last may be OTHER.

    finer: (n,) int, the groups where codes put several of them under one name; None where they do not.
    values: (n,) float32 a number each, NaN for none; None where there is none. unit: what a mean of them is.
    tones: of the groups, "easy", "hard", "suspect", "good", "unknown" or "" for any colour.
    """

    title: str
    codes: Ints | None = None
    names: tuple[str, ...] = ()
    values: Floats | None = None
    unit: str = ""
    tones: tuple[str, ...] = ()
    finer: Ints | None = None

    @property
    def groups(self) -> Ints | None:
        """(n,) int, the group that each image belongs to, whether it has a colour or not."""
        return self.codes if self.finer is None else self.finer


def by_class(reader: Reader, chosen: Sequence[int]) -> Colouring:
    """The chosen classes, or the ten that most images have, and all others together. chosen: labels."""
    labelled = reader.labels[reader.labels != UNLABELLED]
    counts = np.bincount(labelled, minlength=len(reader.class_names))
    commonest = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    shown = list(chosen)[:MOST_CLASSES] or sorted(int(label) for label in commonest if counts[label])
    names = [reader.class_names[label] for label in shown]
    codes = np.full(len(reader.class_names) + 1, len(shown), np.int32)  # the last is for the unlabelled, -1
    codes[shown] = np.arange(len(shown))
    found = codes[reader.labels]
    if (found == len(shown)).any() or not names:
        names.append(OTHER if len(reader.class_names) > len(shown) else "unlabelled")
    return Colouring("class", found, tuple(names), finer=reader.labels - UNLABELLED)


def by_split(reader: Reader) -> Colouring:
    """The split each image is in."""
    return Colouring("split", reader.split_codes, reader.splits)


def by_score(reader: Reader, score: ScoreChoice) -> Colouring:
    """A score as it is stored."""
    end = {1: "higher is harder", -1: "lower is harder", None: "direction not known"}[score.direction]
    return Colouring(score.name, values=views.score(reader.hub, score.address), unit=end)


def by_correctness(model: ModelPredictions, name: str) -> Colouring:
    """Whether a model is right, and whether it was trained on the image: an error on what it knows is another thing."""
    codes = np.full(len(model.known), 3, np.int32)
    codes[model.known & model.correct] = 0
    codes[model.known & ~model.correct & model.trained_on] = 1
    codes[model.known & ~model.correct & ~model.trained_on] = 2
    names = ("right", "wrong, trained on", "wrong, held out", "not evaluated")
    values = np.where(model.known, (~model.correct).astype(np.float32), np.float32(np.nan))
    return Colouring(
        f"errors of {name}", codes, names, values, "share misclassified", ("easy", "suspect", "hard", "unknown")
    )  # fmt: skip


def by_review(reader: Reader, at: int) -> Colouring:
    """What people decided, as of entry `at` of the journal."""
    verdicts = (CONFIRMED, RELABELLED, AMBIGUOUS, EXCLUDED)
    codes = np.full(reader.n_images, len(verdicts), np.int32)
    with reading(reader.hub.audit) as journal:
        states = decided_images(reader.hub, journal, at) if journal and at else {}
    for code, verdict in enumerate(verdicts):
        codes[[image_id for image_id, state in states.items() if state.verdict == verdict]] = code
    return Colouring(
        "review", codes, (*verdicts, "not reviewed"), (codes < len(verdicts)).astype(np.float32), "share reviewed",
        ("good", "hard", "suspect", "", "unknown"),
    )  # fmt: skip
