"""What was found so far: how good the models are, what the scores are worth, and which labels they doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...store import tallies, views
from ...types import UNLABELLED, Ints, Run
from ..view.choices import ScoreChoice, model_choices
from ..view.ranking import labelled_in
from ..view.reader import Reader

WHOLE = "all"
"""The slice of a metric that is not a part of the data."""


@dataclass(frozen=True)
class StandingFigure:
    """A measured value with its 95 % interval (None where there is none) and the number of images it is from."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class ModelStanding:
    """What evaluating a model found on images it was not trained on; None before `hardlook evaluate`."""

    run: Run
    accuracy: StandingFigure | None
    ece: StandingFigure | None


@dataclass(frozen=True)
class ScoreStanding:
    """What a score is worth on this data.

    error_auroc: chance that a misclassified held-out image scores higher than a right one. label_auroc,
    label_ap: how well it finds wrong labels, where true labels are known. suspects of n: images it would label
    otherwise; n is 0 for a score that suggests nothing.
    """

    score: ScoreChoice
    error_auroc: StandingFigure | None
    label_auroc: StandingFigure | None
    label_ap: StandingFigure | None
    suspects: int
    n: int


def model_lines(reader: Reader) -> list[ModelStanding]:
    """Every model, newest first."""
    accuracy, ece = _figures(reader, "accuracy"), _figures(reader, "ece")
    return [
        ModelStanding(run, accuracy.get(run.run_id), ece.get(run.run_id)) for run in reversed(model_choices(reader))
    ]


def score_lines(reader: Reader, choices: list[ScoreChoice]) -> list[ScoreStanding]:
    """Every score: those that find wrong labels best first, where that is known, then those that go with error."""
    error, auroc, ap = (_figures(reader, name) for name in ("error_auroc", "label_auroc", "label_average_precision"))
    lines = []
    for choice in choices:
        at = choice.address
        suggests = tallies.has_suggestions(reader.hub, at)
        suspects, n = (int(of_class.sum()) for of_class in suspects_by_class(reader, at)) if suggests else (0, 0)
        lines.append(ScoreStanding(choice, error.get(at), auroc.get(at), ap.get(at), suspects, n))
    return sorted(lines, key=_worth, reverse=True)


def suspects_by_class(reader: Reader, address: str, split: str | None = None) -> tuple[Ints, Ints]:
    """(n_classes,) images of a split (None: of all) that a score would label otherwise, and those that have it."""
    values, suggested = views.score(reader.hub, address), views.suggested_labels(reader.hub, address)
    known = ~np.isnan(values) & labelled_in(reader, split)
    other = known & (suggested != UNLABELLED) & (suggested != reader.labels)
    suspects, n = (np.bincount(reader.labels[rows], minlength=len(reader.class_names)) for rows in (other, known))
    return suspects, n


def label_noise(reader: Reader) -> StandingFigure | None:
    """Share of the training labels that are wrong, where true labels are known."""
    return _figures(reader, "label_noise").get("items")


def _figures(reader: Reader, name: str) -> dict[str, StandingFigure]:
    """A metric over the whole data by subject; the newest where it was measured again."""
    return {
        row["subject"]: StandingFigure(row["value"], row["low"], row["high"], row["n"] or 0)
        for row in tallies.metric_rows(reader.hub, name)
        if row["slice"] == WHOLE
    }


def _worth(line: ScoreStanding) -> tuple[float, float]:
    finds = line.label_ap.value if line.label_ap else -1.0
    # A score that points the other way goes with error as well as one that points this way.
    goes = abs(line.error_auroc.value - 0.5) if line.error_auroc else -1.0
    return finds, goes
