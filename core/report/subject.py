"""What a report is of: the audit with the score and the model that its figures are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..answers.labels.suspecting import suspecting_scores
from ..answers.models.predictions import ModelPredictions, model_predictions
from ..answers.overview.dataset import ClassTable, class_table
from ..answers.view.choices import ScoreChoice, default_model, default_score, score_choices
from ..answers.view.journal import reading
from ..answers.view.ranking import Scored, scored
from ..answers.view.reader import Reader, open_reader
from ..reviews import ReviewState, current
from ..store.audit import Audit
from ..types import Run


@dataclass(frozen=True, eq=False)
class Subject:
    """The choices that the pages open with. score, suspecting, model: None where the audit has none.

    at: the journal's last entry, 0 before the first. states: of every reviewed image by key.
    """

    reader: Reader
    scores: tuple[ScoreChoice, ...]
    score: ScoreChoice | None
    ranked: Scored | None
    suspecting: ScoreChoice | None
    model: Run | None
    predictions: ModelPredictions | None
    classes: ClassTable
    at: int
    states: Mapping[str, ReviewState]

    @property
    def audit(self) -> Audit:
        """The audit's folder."""
        return self.reader.hub.audit

    @property
    def model_run(self) -> str:
        """The model's run id, "" for none."""
        return self.model.run_id if self.model else ""


def open_subject(audit: Audit) -> Subject:
    """Read what every section needs, once. Raises MissingRun before any ingest."""
    reader = open_reader(audit)
    scores = score_choices(reader)
    score = default_score(scores)
    suspecting = next(iter(suspecting_scores(reader, scores)), None)
    model = default_model(reader)
    classes = class_table(
        reader, score, model.run_id if model else None, None, suspecting.address if suspecting else ""
    )
    with reading(audit) as journal:
        at = journal.last if journal else 0
        states = current(journal, at) if journal else {}
    return Subject(
        reader, tuple(scores), score, scored(reader, score.address) if score else None, suspecting, model,
        model_predictions(reader, model.run_id) if model else None, classes, at, states,
    )  # fmt: skip
