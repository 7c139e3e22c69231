"""What was found so far: how good the models are, what the scores are worth, and which labels they doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...store import views
from ...store.metrics import (
    ACCURACY,
    CALIBRATION_ERROR,
    ECE,
    ERROR_AUROC,
    ITEMS,
    LABEL_AVERAGE_PRECISION,
    LABEL_NOISE,
    WHOLE,
    by_subject,
    read_metrics,
)
from ...store.suggestions import doubted, has_suggestions
from ...types import Estimate, Ints, Run
from ..view.choices import ScoreChoice, model_choices
from ..view.ranking import labelled_in
from ..view.reader import Reader


@dataclass(frozen=True)
class ModelStanding:
    """What evaluating a model found on images it was not trained on; None before `hardlook evaluate`."""

    run: Run
    accuracy: Estimate | None
    ece: Estimate | None
    calibration_error: Estimate | None


@dataclass(frozen=True)
class ScoreStanding:
    """What a score is worth on this data.

    error_auroc: chance that a misclassified held-out image scores higher than a right one, by the errors of the model
    named errors_of. own: whether the score is made from that same model, which then foretells its own errors. label_ap:
    average precision of finding wrong labels, where true labels are known. suspects of n: images whose label it
    doubts; n is 0 for a score that suggests nothing.
    """

    score: ScoreChoice
    error_auroc: Estimate | None
    label_ap: Estimate | None
    suspects: int
    n: int
    errors_of: str = ""
    own: bool = False


def model_lines(reader: Reader) -> list[ModelStanding]:
    """Every model, newest first."""
    accuracy, ece, error = (_estimates(reader, name) for name in (ACCURACY, ECE, CALIBRATION_ERROR))
    return [
        ModelStanding(run, *(table.get(run.run_id) for table in (accuracy, ece, error)))
        for run in reversed(model_choices(reader))
    ]


def score_lines(reader: Reader, choices: list[ScoreChoice]) -> list[ScoreStanding]:
    """Every score: those that find wrong labels best first, where that is known, then those that go with error."""
    error = {row.subject: row for row in read_metrics(reader.hub, ERROR_AUROC) if row.slice == WHOLE}
    ap = _estimates(reader, LABEL_AVERAGE_PRECISION)
    lines = []
    for choice in choices:
        at = choice.address
        suggests = has_suggestions(reader.hub, at)
        suspects, n = (int(of_class.sum()) for of_class in suspects_by_class(reader, at)) if suggests else (0, 0)
        row = error.get(at)
        model = reader.run(row.by) if row else None
        lines.append(
            ScoreStanding(
                choice, row.estimate if row else None, ap.get(at), suspects, n, model.name if model else "",
                own=model is not None and model.run_id == choice.model_run,
            )
        )  # fmt: skip
    return sorted(lines, key=_worth, reverse=True)


def suspects_by_class(reader: Reader, address: str, split: str | None = None) -> tuple[Ints, Ints]:
    """(n_classes,) images of a split (None: of all) whose label a score doubts, and those that have it."""
    known = ~np.isnan(views.score(reader.hub, address)) & labelled_in(reader, split)
    other = known & doubted(reader.hub, address)
    suspects, n = (np.bincount(reader.labels[rows], minlength=len(reader.class_names)) for rows in (other, known))
    return suspects, n


def label_noise(reader: Reader) -> Estimate | None:
    """Share of the training labels that are wrong, where true labels are known."""
    return _estimates(reader, LABEL_NOISE).get(ITEMS)


def _estimates(reader: Reader, name: str) -> dict[str, Estimate]:
    """A metric over the whole data, by subject."""
    return by_subject(read_metrics(reader.hub, name))


def _worth(line: ScoreStanding) -> tuple[float, float]:
    finds = line.label_ap.value if line.label_ap else -1.0
    # A score that points the other way goes with error as well as one that points this way.
    goes = abs(line.error_auroc.value - 0.5) if line.error_auroc else -1.0
    return finds, goes
