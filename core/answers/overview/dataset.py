"""What this data set is: counts, sizes, what was refused; and its classes, hardest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...metrics.intervals import share_estimate, wilson
from ...store import tallies, views
from ...types import HARDER_LOW, UNLABELLED, Bools, Estimate, Floats, Ints
from ...wording import count, place, size
from ..models.predictions import model_predictions
from ..view.choices import ScoreChoice
from ..view.ranking import labelled_in
from ..view.reader import Reader
from .standings import suspects_by_class

SHOWN_REFUSED = 200
"""Refused files listed on the page; all of them are counted."""


LENS = "lens"
"""The kind of a data set that is some images of shards; the first line of its note says how they were drawn."""


@dataclass(frozen=True)
class DatasetFacts:
    """The data set in short. facts: name and text, in reading order. refused: (reason, files).

    reading: (about, text, option) of everything that was understood of the input, and of what was passed over.
    """

    facts: tuple[tuple[str, str], ...]
    note: str
    refused: tuple[tuple[str, int], ...]
    reading: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class ClassTable:
    """Classes, hardest first. held_out: errors are of images the model was not trained on, for it has seen others."""

    rows: tuple[ClassRow, ...]
    held_out: bool


@dataclass(frozen=True)
class ClassRow:
    """One class. counts: images per split, in the reader's order of splits. mean: of the chosen score.

    errors, error: the chosen model's, a number and a share; None where no image was evaluated. confidence: what the
    model says of the evaluated images, on average. suspects of n_suspected: labels that the chosen
    suspecting score doubts.
    """

    label: int
    name: str
    counts: tuple[int, ...]
    total: int
    mean: float | None
    errors: int
    error: Estimate | None
    confidence: float | None
    suspects: int
    n_suspected: int

    @property
    def n_evaluated(self) -> int:
        """Images that the model was evaluated on."""
        return self.error.n if self.error else 0

    @property
    def accuracy(self) -> Estimate | None:
        """Share of the evaluated images that the model gets right."""
        return self.error.complement() if self.error else None

    @property
    def overconfidence(self) -> float | None:
        """Mean confidence less accuracy, in -1..1: above 0 the model is surer than it is right."""
        return None if self.confidence is None or self.error is None else self.confidence - (1 - self.error.value)

    @property
    def miscalibrated(self) -> bool:
        """Whether the interval of the accuracy leaves out the mean confidence."""
        return self.miscalibrated_among(1)

    def miscalibrated_among(self, classes: int) -> bool:
        """Whether an interval does that is wide enough for all of so many classes together (Bonferroni)."""
        if self.confidence is None or self.accuracy is None:
            return False
        low, high = wilson(self.n_evaluated - self.errors, self.n_evaluated, 1 - 0.05 / classes)
        return not low <= self.confidence <= high


def lens_caution(reader: Reader) -> str:
    """How the images of a lens were drawn, which its figures do not know of; "" for any other data set."""
    origin = tallies.source(reader.hub)
    return str(origin["note"]).partition("\n")[0] if origin.get("kind") == LENS else ""


def dataset_facts(reader: Reader) -> DatasetFacts:
    """Counts, sizes, modes and origin of the images."""
    hub, sizes, origin = reader.hub, tallies.size_summary(reader.hub), tallies.source(reader.hub)
    refused = tuple(tallies.refused_counts(hub))
    unlabelled = int(np.count_nonzero(reader.labels == UNLABELLED))
    per_split = np.bincount(reader.split_codes, minlength=len(reader.splits))
    facts = [
        ("images", count(reader.n_images)),
        ("classes", count(len(reader.class_names))),
        ("splits", ", ".join(f"{name} {count(int(n))}" for name, n in zip(reader.splits, per_split, strict=True))),
        ("unlabelled", count(unlabelled)),
        ("sizes", _sizes(sizes)),
        ("modes", _listed(tallies.value_counts(hub, "mode", 6))),
        ("formats", _listed(tallies.value_counts(hub, "format", 6))),
        ("stored", size(int(sizes["bytes"] or 0))),
        ("refused", _listed(list(refused)) or "none"),
        ("source", place(origin.get("path") or "")),
    ]
    said = tuple((name, text) for name, text in facts if text)
    note = str(origin.get("note") or "").removeprefix(lens_caution(reader)).lstrip()  # which stands above everything
    return DatasetFacts(said, note, refused, _reading(reader))


def _reading(reader: Reader) -> tuple[tuple[str, str, str], ...]:
    understood = [(row["about"], row["text"], row["option"]) for row in tallies.understood(reader.hub)]
    passed_over = [
        ("passed over", f"{row['reason']}: {count(row['count'])}, {row['example']!r} first", "")
        for row in tallies.passed_over(reader.hub)
    ]
    return (*understood, *passed_over)


def refused_files(reader: Reader) -> list[tuple[str, str, str]]:
    """File, reason and detail of the first refused files."""
    return [(row["key"], row["reason"], row["detail"]) for row in tallies.refused_files(reader.hub, SHOWN_REFUSED)]


def class_table(
    reader: Reader, score: ScoreChoice | None, model_run: str | None, split: str | None, suspecting: str = ""
) -> ClassTable:
    """Every class, hardest first: by the model's error where there is one, else by the score's mean, else by label.

    split: where all but the counts is taken, None for everywhere. Errors are of held-out images wherever there are any:
    a model knows the images it was trained on. suspecting: address of the score that counts suspects, "" for none.
    """
    # Counted here and not in the database, which would join a million rows for each column.
    counts, k, labelled = class_split_counts(reader), len(reader.class_names), labelled_in(reader, split)
    mean = np.full(k, np.nan)
    if score is not None:
        values = views.score(reader.hub, score.address)
        mean = _means(reader, labelled & ~np.isnan(values), values)
    suspects, suspected = suspects_by_class(reader, suspecting, split) if suspecting else np.zeros((2, k), np.int64)
    errors, n, confidence, held_out = _evaluated(reader, model_run, labelled)
    rows = []
    for i, name in enumerate(reader.class_names):
        per_split = tuple(counts[i].tolist())
        wrong, evaluated = int(errors[i]), int(n[i])
        rows.append(
            ClassRow(
                i, name, per_split, sum(per_split), _known(mean[i]), wrong,
                share_estimate(wrong, evaluated) if evaluated else None, _known(confidence[i]), int(suspects[i]),
                int(suspected[i]),
            )
        )  # fmt: skip
    sign = -1 if score is not None and score.direction == HARDER_LOW else 1
    return ClassTable(tuple(sorted(rows, key=lambda row: _difficulty(row, sign), reverse=True)), held_out)


def _evaluated(reader: Reader, model_run: str | None, labelled: Bools) -> tuple[Ints, Ints, Floats, bool]:
    """(n_classes,) errors, images evaluated and mean confidence, and whether they are of held-out images."""
    k = len(reader.class_names)
    if model_run is None:
        return np.zeros(k, np.int64), np.zeros(k, np.int64), np.full(k, np.nan), False
    model = model_predictions(reader, model_run)
    held_out = bool((model.held_out & labelled).any())
    rows = labelled & (model.held_out if held_out else model.known)
    errors, n = (np.bincount(reader.labels[these], minlength=k) for these in (rows & ~model.correct, rows))
    return errors, n, _means(reader, rows, model.confidence), held_out


def _means(reader: Reader, rows: Bools, values: Floats) -> Floats:
    """(n_classes,) means over some labelled rows, NaN for a class without any."""
    labels, k = reader.labels[rows], len(reader.class_names)
    n = np.bincount(labels, minlength=k)
    total = np.bincount(labels, weights=values[rows], minlength=k)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def class_split_counts(reader: Reader) -> Ints:
    """(n_classes, n_splits) images of each class in each split; unlabelled images are not in it."""
    k, s = len(reader.class_names), len(reader.splits)
    cells = reader.labels * s + reader.split_codes
    return np.bincount(cells[reader.labels != UNLABELLED], minlength=k * s).reshape(k, s)


def _difficulty(row: ClassRow, sign: int) -> tuple[float, float]:
    error = -1.0 if row.error is None else row.error.value
    return error, -np.inf if row.mean is None else sign * row.mean


def _sizes(sizes: dict[str, int]) -> str:
    if sizes["sizes"] == 1:
        return f"{sizes['min_width']} × {sizes['min_height']}, all"
    spans = [
        f"{sizes[f'min_{side}']}–{sizes[f'max_{side}']} (median {sizes[f'mid_{side}']})" for side in ("width", "height")
    ]
    return " × ".join(spans) + f", {count(sizes['sizes'])} different"


def _listed(counts: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count(n)}" for name, n in counts)
