"""Models: accuracy and calibration of each, and how far the chosen one's confidence can be believed."""

from __future__ import annotations

from ..answers.estimates import Table, measured
from ..answers.models.calibration import gap_in_words, refusal, reliability
from ..answers.provenance import COUNTED, OF_THESE, metric_sources
from ..answers.scores.usable_information import encoder_information
from ..answers.view.choices import model_choices
from ..answers.view.ranking import Selection
from ..errors import command
from ..experiments.text_table import TextTable
from ..store.metrics import (
    ACCURACY,
    BRIER,
    CALIBRATION_ERROR,
    CALIBRATION_NLL,
    ECE,
    NLL,
    SMECE,
    USABLE_INFORMATION,
    WHOLE,
)
from ..types import Run
from ..wording import MISSING, count, percent, percent_interval, three, with_interval, written
from .blocks import Block, Missing, Section
from .charts import Mark, points
from .data_sections import of_all
from .subject import Subject

MODELS = 60
FIGURES = {
    ACCURACY: "accuracy",
    ECE: "ECE",
    CALIBRATION_ERROR: "calibration error, debiased",
    SMECE: "smECE",
    NLL: "NLL",
    CALIBRATION_NLL: "of it calibration",
    BRIER: "Brier",
}


def models(subject: Subject) -> Section:
    """A line for each model, then the default one's reliability and what refusing buys."""
    if subject.model is None or subject.predictions is None:
        return Section("Models", (), (Missing("No model yet.", str(command(subject.audit.name, "train"))),))
    blocks: list[Block] = [model_table(subject), *encoder_table(subject)]
    lines = ["Of images that the model was not trained on. ECE: 15 bins of equal mass, of these images alone."]
    found = reliability(subject.reader, subject.predictions, Selection())
    if found is not None:
        bins = found.bins
        marks = [
            Mark("", accuracy, f"{percent(mean)} sure: {percent_interval(accuracy)} of {accuracy.n} right")
            for mean, accuracy in zip(bins.confidence.tolist(), bins.estimates, strict=True)
        ]
        blocks.append(
            points(
                f"Reliability of {subject.model.name}", gap_in_words(found), bins.confidence.tolist(), marks,
                sources={"accuracy": COUNTED, "confidence": OF_THESE}, axis="accuracy, %", across="confidence, %",
                diagonal=True,
            )
        )  # fmt: skip
    refused = refusal(subject.reader, subject.predictions, Selection())
    if refused is not None:
        every = range(0, len(refused.rejected), max(1, len(refused.rejected) // 20))
        marks = [
            Mark(
                "", refused.estimates[i],
                f"{percent(float(refused.rejected[i]))} refused: {percent(float(refused.accuracy[i]))} right",
            )
            for i in every
        ]  # fmt: skip
        floor = max(0.0, min(mark.estimate.low for mark in marks) // 0.1 / 10)
        blocks.append(
            points(
                "Accuracy against rejection", f"by {subject.model.name}'s own confidence, {count(refused.n)} images",
                [float(refused.rejected[i]) for i in every], marks, sources={"accuracy": COUNTED},
                axis="accuracy of what is kept, %",
                across="least confident images refused, %", floor=floor,
            )
        )  # fmt: skip
    return Section("Models", tuple(lines), tuple(blocks))


def model_table(subject: Subject) -> TextTable:
    """Every model that was evaluated, and those of their own that were not; newest first, a grid's last."""
    tables = {name: measured(subject.reader, name) for name in FIGURES}
    runs = [
        run for run in reversed(model_choices(subject.reader))
        if not run.grid or WHOLE in tables[ACCURACY].get(run.run_id, {})
    ]  # fmt: skip
    rows = tuple((_name(run), *(_said(tables[name], run) for name in FIGURES)) for run in runs[:MODELS])
    measured_any = any(cell != MISSING for row in rows for cell in row[1:])
    notes = () if measured_any else (f"Run: {command(subject.audit.name, 'evaluate')}",)
    return TextTable(of_all("Models, newest first", MODELS, len(runs)), ("model", *FIGURES.values()), rows, notes,
                     metric_sources(FIGURES))  # fmt: skip


def encoder_table(subject: Subject) -> list[Block]:
    """What a linear probe reads of the labels out of each embedding, where one was evaluated."""
    found = encoder_information(subject.reader)
    if not found:
        return []
    rows = tuple(
        (one.run.name, with_interval(one.information), three(one.most), one.least or MISSING,
         with_interval(one.of_least) if one.least else MISSING)
        for one in found
    )  # fmt: skip
    header = ("embedding", "bits of the labels", "of", "least told class", "bits there")
    sources = {**metric_sources({USABLE_INFORMATION: "bits of the labels, bits there"}), "of": OF_THESE}
    return [TextTable("What encoders tell of the labels, by a linear probe", header, rows, (), sources)]


def _name(run: Run) -> str:
    parts = (run.name, str(run.parameters.get("method") or ""), f"seed {run.seed}", run.run_id[-6:])
    return " · ".join(filter(None, parts))


def _said(table: Table, run: Run) -> str:
    row = table.get(run.run_id, {}).get(WHOLE)
    return written(row.estimate) if row else MISSING
