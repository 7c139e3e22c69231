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
    """One class. counts: images per split, in the reader's order of splits. median: of the chosen score.

    errors of n_judged: the chosen model's, with a 95 % Wilson interval; n_judged is 0 without a model.
    """

    label: int
    name: str
    counts: tuple[int, ...]
    total: int
    median: float | None
    errors: int
    n_judged: int
    low: float
    high: float

    @property
    def error(self) -> float | None:
        """Share of the judged images that the model gets wrong, None if none was judged."""
        return self.errors / self.n_judged if self.n_judged else None


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


def class_table(reader: Reader, score: ScoreChoice | None, model_run: str | None, split: str | None) -> ClassTable:
    """Every class, hardest first: by the model's error where there is one, else by the score's median, else by label.

    split: where error and median are taken; counts are always of all splits. Errors are of held-out images wherever
    there are any: a model knows the images it was trained on.
    """
    counts = class_split_counts(reader)
    medians: dict[int, float] = {}
    if score is not None:
        table = tallies.class_medians(reader.hub, score.address, split)
        medians = dict(zip(table["label"].to_pylist(), table["median"].to_pylist(), strict=True))
    judged, held_out = _judged(reader, model_run, split)
    found = []
    for label, name in enumerate(reader.class_names):
        errors, n = judged.get(label, (0, 0))
        low, high = wilson(errors, n)
        per_split = tuple(int(n) for n in counts[label])
        found.append(
            ClassRow(label, name, per_split, sum(per_split), medians.get(label), errors, n, float(low), float(high))
        )
    sign = -1 if score is not None and score.direction == HARDER_LOW else 1
    return ClassTable(tuple(sorted(found, key=lambda row: _difficulty(row, sign), reverse=True)), held_out)


def _judged(reader: Reader, model_run: str | None, split: str | None) -> tuple[dict[int, tuple[int, int]], bool]:
    """(errors, images judged) by label, and whether they are of held-out images."""
    rows = tallies.class_errors(reader.hub, model_run, split).to_pylist() if model_run else []
    held_out = any(row["n_held"] for row in rows)
    part = "_held" if held_out else ""
    return {row["label"]: (row[f"errors{part}"], row[f"n{part}"]) for row in rows}, held_out


def class_split_counts(reader: Reader) -> Ints:
    """(n_classes, n_splits) images of each class in each split; unlabelled images are not in it."""
    result = np.zeros((len(reader.class_names), len(reader.splits)), np.int64)
    for row in tallies.class_counts(reader.hub).to_pylist():
        if row["label"] != UNLABELLED:
            result[row["label"], reader.splits.index(row["split"])] = row["n"]
    return result


def _difficulty(row: ClassRow, sign: int) -> tuple[float, float]:
    error = -1.0 if row.error is None else row.error
    return error, -np.inf if row.median is None else sign * row.median


def _sizes(sizes: dict[str, int]) -> str:
    if sizes["sizes"] == 1:
        return f"{sizes['min_width']} × {sizes['min_height']}, all"
    spans = [
        f"{sizes[f'min_{side}']}–{sizes[f'max_{side}']} (median {sizes[f'mid_{side}']})" for side in ("width", "height")
    ]
    return " × ".join(spans) + f", {count(sizes['sizes'])} different"


def _listed(counts: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count(n)}" for name, n in counts)
