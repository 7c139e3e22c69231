"""The `metric` table: what evaluations found, whichever of them made it. Rows are written and read here alone.

    name      what was measured         subject   of what: a model's run id, a score's address, "items", a comparison
    slice     on which slice of data    value     the estimate, between low and high with 95 %; NaN where there is none
    n         images (or seeds) it is from        note      one phrase that a reader of the estimate needs

Any run of kind "evaluate" may hold rows, and whoever reads takes all such runs together: the newest row of a (name,
subject, slice) counts. The table has no column for the unit, which goes by the metric's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

from ..types import Estimate, Unit

if TYPE_CHECKING:
    from .views import Hub

WHOLE = "all"
"""The slice that is all images."""
ITEMS = "items"
"""The subject of what is measured of the data set itself."""
LEVEL = 0.95

ACCURACY, ECE, ECE_WIDTH, BRIER, NLL = "accuracy", "ece", "ece_width", "brier", "nll"
CALIBRATION_ERROR = "calibration_error"
TEMPERATURE, AURC, ACCURACY_BY_REJECTION = "temperature", "aurc", "accuracy_by_rejection"
WRONG_ENTROPY, WRONG_CONFIDENCE = "wrong_entropy", "wrong_confidence"
"""Of a model."""

DIRECTION, ERROR_AUROC, FALSE_NEGATIVE_CORRELATION = "direction", "error_auroc", "false_negative_correlation"
ERROR_BY_DECILE, ERROR_BY_GROUP = "error_by_decile", "error_by_group"
"""Of a score against a model's errors."""

LABEL_NOISE = "label_noise"
LABEL_AUROC, LABEL_AVERAGE_PRECISION = "label_auroc", "label_average_precision"
LABEL_PRECISION = "label_precision"
"""Of a score against wrong labels."""
ROC, PRECISION_RECALL = "label_true_positive_rate", "label_precision_at_recall"
"""Points of the curves of a score that finds wrong labels; the slice ends with the place on the horizontal axis."""

CORRUPTION_ACCURACY, CORRUPTION_ECE, OOD_PREVALENCE = "corruption_accuracy", "corruption_ece", "ood_prevalence"
SEED_MEAN, PAIRED_DIFFERENCE = "seed_mean", "paired_difference"
"""Over the seeds of a grid; the slice is the metric and its slice, as "ece" or "aurc MSP"."""

SHARES = frozenset({
    ACCURACY, ECE, ECE_WIDTH, CALIBRATION_ERROR, ACCURACY_BY_REJECTION, ERROR_BY_DECILE, ERROR_BY_GROUP, LABEL_NOISE,
    LABEL_PRECISION, ROC, PRECISION_RECALL, CORRUPTION_ACCURACY, CORRUPTION_ECE, OOD_PREVALENCE, "model_accuracy",
    "model_accuracy_change",
})  # fmt: skip
"""Metrics that are written in per cent."""
NATS = frozenset({NLL, WRONG_ENTROPY})
WITHOUT_INTERVAL = frozenset({ECE, ECE_WIDTH, CORRUPTION_ECE, OOD_PREVALENCE})
"""Metrics that an earlier version stored with an interval which did not hold what it said: around an estimate that few
images make too high, or around a share that was chosen. It is not read."""
OVER_CLASSES = "over classes"
"""The slice of a correlation whose interval is of other classes; that of WHOLE is of other images of the same ones."""


@dataclass(frozen=True)
class Metric:
    """One row."""

    name: str
    subject: str
    slice: str
    estimate: Estimate
    note: str = ""


def unit_of(name: str, part: str) -> Unit:
    """What a metric counts in. part: the slice, which of a comparison over seeds names the metric that is compared."""
    of = part.partition(" ")[0] if name in (SEED_MEAN, PAIRED_DIFFERENCE) else name
    return "share" if of in SHARES else "nats" if of in NATS else ""


def metric_table(rows: Iterable[Metric]) -> dict[str, dict[str, list[Any]]]:
    """Rows as a writer commits them."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("name", "subject", "slice", "value", "low", "high", "n", "note")
    }
    for row in rows:
        values = (row.name, row.subject, row.slice, *row.estimate.numbers, row.estimate.n, row.note)
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return {"metric": columns}


def read_metrics(hub: Hub, name: str | None = None) -> list[Metric]:
    """The rows of one metric (None: of all) in the hub's runs, the newest of each (name, subject, slice)."""
    newest: dict[tuple[str, str, str], Metric] = {}
    for run in hub.runs:  # oldest first
        if run.kind == "evaluate":
            query = f"SELECT * FROM {hub.alias(run.run_id)}.metric WHERE ? IS NULL OR name = ?"
            for row in map(_read, hub.rows(query, [name, name])):
                newest[row.name, row.subject, row.slice] = row
    return list(newest.values())


def by_subject(rows: Iterable[Metric], part: str = WHOLE) -> dict[str, Estimate]:
    """Subject -> estimate, of the rows of one metric that are of a slice."""
    return {row.subject: row.estimate for row in rows if row.slice == part}


def _read(row: dict[str, Any]) -> Metric:
    value, low, high = (nan if row[column] is None else float(row[column]) for column in ("value", "low", "high"))
    if row["name"] in WITHOUT_INTERVAL:
        low = high = nan
    estimate = Estimate(value, low, high, int(row["n"] or 0), unit_of(row["name"], row["slice"]))
    return Metric(row["name"], row["subject"], row["slice"], estimate, row["note"] or "")
