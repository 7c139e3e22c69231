"""What this data set is: counts, sizes, what was refused; and its classes, hardest first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..metrics.intervals import wilson
from ..store import tallies
from ..types import HARDER_LOW, UNLABELLED, Ints
from .choices import ScoreChoice
from .reader import Reader
from .wording import count, place, size

SHOWN_REFUSED = 200
"""Refused files listed on the page; all of them are counted."""


@dataclass(frozen=True)
class DatasetFacts:
    """The data set in short. facts: name and text, in reading order. refused: (reason, files)."""

    facts: tuple[tuple[str, str], ...]
    note: str
    refused: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ClassTable:
    """Classes, hardest first. held_out: errors are of images the model was not trained on, for it has seen others."""

    rows: tuple[ClassRow, ...]
    held_out: bool


@dataclass(frozen=True)
class ClassRow:
    """One class. counts: images per split, in the reader's order of splits. mean: of the chosen score.

    errors of n_judged: the chosen model's, with the 95 % Wilson interval of their share; n_judged is 0 without a model.
    confidence: what the model says of the judged images, on average. suspects of n_suspected: labels that the chosen
    suspecting score would change.
    """

    label: int
    name: str
    counts: tuple[int, ...]
    total: int
    mean: float | None
    errors: int
    n_judged: int
    low: float
    high: float
    confidence: float | None
    suspects: int
    n_suspected: int

    @property
    def error(self) -> float | None:
        """Share of the judged images that the model gets wrong, None if none was judged."""
        return self.errors / self.n_judged if self.n_judged else None

    @property
    def overconfidence(self) -> float | None:
        """Mean confidence less accuracy, in -1..1: above 0 the model is surer than it is right."""
        return None if self.confidence is None or self.error is None else self.confidence - (1 - self.error)

    @property
    def miscalibrated(self) -> bool:
        """Whether the interval of the accuracy leaves out the mean confidence."""
        return self.confidence is not None and not 1 - self.high <= self.confidence <= 1 - self.low


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
    return DatasetFacts(tuple((name, text) for name, text in facts if text), origin.get("note") or "", refused)


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
    counts = class_split_counts(reader)
    means: dict[int, float] = {}
    if score is not None:
        table = tallies.class_means(reader.hub, score.address, split)
        means = dict(zip(table["label"].to_pylist(), table["mean"].to_pylist(), strict=True))
    suspects = tallies.suspects_by_class(reader.hub, suspecting, split) if suspecting else []
    suspected = {row["label"]: (row["suspects"], row["n"]) for row in suspects}
    judged, held_out = _judged(reader, model_run, split)
    found = []
    for label, name in enumerate(reader.class_names):
        errors, n, confidence = judged.get(label, (0, 0, None))
        low, high = wilson(errors, n)
        per_split = tuple(int(n) for n in counts[label])
        found.append(
            ClassRow(
                label, name, per_split, sum(per_split), means.get(label), errors, n, float(low), float(high),
                confidence, *suspected.get(label, (0, 0)),
            )
        )  # fmt: skip
    sign = -1 if score is not None and score.direction == HARDER_LOW else 1
    return ClassTable(tuple(sorted(found, key=lambda row: _difficulty(row, sign), reverse=True)), held_out)


def _judged(
    reader: Reader, model_run: str | None, split: str | None
) -> tuple[dict[int, tuple[int, int, float | None]], bool]:
    """(errors, images judged, mean confidence) by label, and whether they are of held-out images."""
    rows = tallies.class_errors(reader.hub, model_run, split).to_pylist() if model_run else []
    held_out = any(row["n_held"] for row in rows)
    part = "_held" if held_out else ""
    names = [f"{name}{part}" for name in ("errors", "n", "confidence")]
    return {row["label"]: tuple(row[name] for name in names) for row in rows}, held_out


def class_split_counts(reader: Reader) -> Ints:
    """(n_classes, n_splits) images of each class in each split; unlabelled images are not in it."""
    result = np.zeros((len(reader.class_names), len(reader.splits)), np.int64)
    for row in tallies.class_counts(reader.hub).to_pylist():
        if row["label"] != UNLABELLED:
            result[row["label"], reader.splits.index(row["split"])] = row["n"]
    return result


def _difficulty(row: ClassRow, sign: int) -> tuple[float, float]:
    error = -1.0 if row.error is None else row.error
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
