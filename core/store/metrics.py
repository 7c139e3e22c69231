"""The `metric` table: what evaluations found, whichever of them made it. Rows are written and read here alone.

    name      what was measured         subject   of what: a model's run id, a score's address, "items", a comparison
    slice     on which slice of data    value     the estimate, between low and high with 95 %; NaN where there is none
    n         images (or seeds) it is from        note      one phrase that a reader of the estimate needs

Any run of kind "evaluate" may hold rows, and whoever reads takes all such runs together: the newest row of a (name,
subject, slice) counts. The table has no column for the unit, which goes by the metric's name.

What a score is worth by a model's errors may have been measured with several models, and the one whose figures count is
not the one that was evaluated last: the direction of a score made from a model is measured with that model's errors and
no other's; for the rest `model_for_errors` has the rule, of the models that evaluated the score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import nan
from typing import Any

from ..types import Estimate, Run, ScoreInfo, Unit
from .preferred_model import model_for_errors
from .views import Hub, score_infos

WHOLE = "all"
"""The slice that is all images."""
ITEMS = "items"
"""The subject of what is measured of the data set itself."""
LEVEL = 0.95

ACCURACY, ECE, ECE_WIDTH, BRIER, NLL = "accuracy", "ece", "ece_width", "brier", "nll"
CALIBRATION_ERROR = "calibration_error"
BY_CHANCE = "_by_chance"
"""How the name of a metric ends that says what another would be if confidence were right, on the same slice."""
SMECE, REFINEMENT, CALIBRATION_NLL = "smece", "nll_refinement", "nll_calibration"
ECE_WITHIN_FIFTHS, EQUAL_CONFIDENCE_GAP = "ece_within_fifths", "equal_confidence_gap"
ACCURACY_AT_CONFIDENCE = "accuracy_at_confidence"
"""Points of the reliability curves of two fifths; the slice ends with the place on the horizontal axis."""
TEMPERATURE, AURC, AUGRC, ACCURACY_BY_REJECTION = "temperature", "aurc", "augrc", "accuracy_by_rejection"
WRONG_ENTROPY, WRONG_CONFIDENCE = "wrong_entropy", "wrong_confidence"
"""Of a model."""
BY_ENTROPY = " by entropy"
"""How a slice of ACCURACY_BY_REJECTION ends that entropy rejects; without it, the maximum probability does."""

DIRECTION, ERROR_AUROC, FALSE_NEGATIVE_CORRELATION = "direction", "error_auroc", "false_negative_correlation"
ERROR_BY_DECILE, ERROR_BY_GROUP = "error_by_decile", "error_by_group"
ERROR_AUROC_DIFFERENCE = "error_auroc_difference"
"""Of a score against a model's errors; the last less another score of the same vectors, whose address the slice has."""
LESS = "less "
"""How a slice of ERROR_AUROC_DIFFERENCE begins, before the address."""
HELD_OUT_VOG = {"auroc": "vog_held_out_error_auroc", "error": "vog_held_out_error_by_decile"}
"""Of raw VoG against its model's errors, normalised within the class over the held-out images that the figure is of."""
OF_ERRORS = frozenset({
    DIRECTION, ERROR_AUROC, FALSE_NEGATIVE_CORRELATION, ERROR_BY_DECILE, ERROR_BY_GROUP, ERROR_AUROC_DIFFERENCE,
    *HELD_OUT_VOG.values(),
})  # fmt: skip

LABEL_NOISE = "label_noise"
LABEL_AUROC, LABEL_AVERAGE_PRECISION = "label_auroc", "label_average_precision"
LABEL_PRECISION = "label_precision"
"""Of a score against wrong labels."""
USABLE_INFORMATION, LABEL_ENTROPY = "usable_information", "label_entropy"
"""Of an embedding, in bits: what a probe reads of the labels, and what there is to read."""
ROC, PRECISION_RECALL = "label_true_positive_rate", "label_precision_at_recall"
"""Points of the curves of a score that finds wrong labels; the slice ends with the place on the horizontal axis."""

PLANTED_AUROC, PLANTED_AVERAGE_PRECISION = "planted_auroc", "planted_average_precision"
PLANTED_FOUND, PLANTED_SUGGESTED, PLANTED_LEAD = "planted_found", "planted_suggested", "planted_lead"
"""Of a score against wrong labels that were planted; core/experiments/self_test.py says what their slices are."""

CORRUPTION_ACCURACY, CORRUPTION_ECE, OOD_PREVALENCE = "corruption_accuracy", "corruption_ece", "ood_prevalence"
CORRUPTION_SQUARED_GAP = "corruption_squared_gap"
"""In squared points of per cent, debiased, below 0 by chance."""
OOD_AUROC, OOD_CLASS_AUROC, OOD_LEAD = "ood_auroc", "ood_class_auroc", "ood_lead"
OOD_SHARE_BY_VOG = "ood_share_by_vog"
WORD_MARGIN, CLASS_MARGIN, COLUMN_MARGIN = "word_margin", "class_margin", "column_margin"
WORD_P, CLASS_P, COLUMN_P = "word_p", "class_p", "column_p"
TOLD_IMAGES = "told_images"
"""What tells images from others: `core.words.rows` writes and reads them."""

SEED_MEAN, PAIRED_DIFFERENCE = "seed_mean", "paired_difference"
"""Over the seeds of a grid; the slice is the metric and its slice, as "ece" or "aurc MSP"."""
ACCURACY_DIFFERENCE = "paired_accuracy_difference"
"""Of two ways of training of a grid, paired by seed and image: over seeds and held-out images at once."""

PRUNED_ACCURACY, PRUNED_NLL = "pruned_accuracy", "pruned_nll"
PRUNED_ACCURACY_DIFFERENCE, PRUNED_NLL_DIFFERENCE = "pruned_accuracy_difference", "pruned_nll_difference"
"""Of models trained on a share of the images; core/experiments/pruning.py says what their slices are."""

TOY_CORRELATION, TOY_BY_DISTANCE = "toy_boundary_correlation", "toy_vog_by_distance"
MEMORISATION = {
    "mean": "memorisation_vog_mean", "sd": "memorisation_vog_sd", "difference": "memorisation_difference",
    "welch_t": "memorisation_welch_t", "auroc": "memorisation_auroc", "error": "memorisation_error",
}  # fmt: skip
MEMORISED = 0.001
"""Share of the training images wrong up to which a model has memorised their labels."""
SECOND_SPLIT = {
    "auroc": "second_split_auroc", "average_precision": "second_split_average_precision",
    "mean": "second_split_epoch", "right": "second_split_right", "error": "second_split_error",
}  # fmt: skip
"""Of planted images, by what a model of half of them forgets: `core.pipeline.evaluation.planted_forgetting`."""
SEED_SPEARMAN, SEED_OVERLAP, SEED_SPREAD = "vog_seed_spearman", "vog_seed_overlap", "vog_seed_spread"
CHECKPOINTS_SPEARMAN, CHECKPOINTS_OVERLAP = "vog_checkpoints_spearman", "vog_checkpoints_overlap"
"""Checks of VoG: on two blobs, on altered labels, over seeds, of fewer checkpoints beside all."""
DATA_MAP = {"share": "data_map_share", "altered": "data_map_altered", "auroc": "data_map_auroc"}
"""Of altered labels on the data map."""

SHARES = frozenset({
    ACCURACY, ECE, ECE_WIDTH, SMECE, ECE_WITHIN_FIFTHS, ECE + BY_CHANCE, SMECE + BY_CHANCE, CORRUPTION_ECE + BY_CHANCE,
    ECE_WITHIN_FIFTHS + BY_CHANCE, EQUAL_CONFIDENCE_GAP, ACCURACY_AT_CONFIDENCE,
    CALIBRATION_ERROR, ACCURACY_BY_REJECTION, ERROR_BY_DECILE, ERROR_BY_GROUP, LABEL_NOISE,
    LABEL_PRECISION, ROC, PRECISION_RECALL, CORRUPTION_ACCURACY, CORRUPTION_ECE, OOD_PREVALENCE, OOD_SHARE_BY_VOG,
    "model_accuracy", "model_accuracy_change", MEMORISATION["error"], SEED_OVERLAP, CHECKPOINTS_OVERLAP,
    PLANTED_FOUND, PLANTED_SUGGESTED, DATA_MAP["share"], DATA_MAP["altered"], PRUNED_ACCURACY, ACCURACY_DIFFERENCE,
    PRUNED_ACCURACY_DIFFERENCE, SECOND_SPLIT["right"], SECOND_SPLIT["error"], HELD_OUT_VOG["error"],
})  # fmt: skip
"""Metrics that are written in per cent."""
NATS = frozenset({NLL, REFINEMENT, CALIBRATION_NLL, WRONG_ENTROPY, PRUNED_NLL, PRUNED_NLL_DIFFERENCE})
BITS = frozenset({USABLE_INFORMATION, LABEL_ENTROPY})
WITHOUT_INTERVAL = frozenset({ECE, ECE_WIDTH, CORRUPTION_ECE, OOD_PREVALENCE})
"""Metrics that an earlier version stored with an interval which did not hold what it said: around an estimate that few
images make too high, or around a share that was chosen. It is not read."""
OVER_CLASSES = "over classes"
"""The slice of a correlation whose interval is of other classes; that of WHOLE is of other images of the same ones."""


@dataclass(frozen=True)
class Metric:
    """One row. by: run id of the model whose errors it was measured with, for OF_ERRORS; "" for all others.

    note: prose for whoever reads the estimate; what a program reads is in the other fields, or in the parameters of the
    run. run: that published it, "" before that.
    """

    name: str
    subject: str
    slice: str
    estimate: Estimate
    note: str = ""
    by: str = ""
    run: str = field(default="", compare=False)


def unit_of(name: str, part: str) -> Unit:
    """What a metric counts in. part: the slice, which of a comparison over seeds names the metric that is compared."""
    of = part.partition(" ")[0] if name in (SEED_MEAN, PAIRED_DIFFERENCE) else name
    return "share" if of in SHARES else "nats" if of in NATS else "bits" if of in BITS else ""


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
    """The rows of one metric (None: of all) in the hub's runs, the newest of each (name, subject, slice).

    Of rows that were measured with several models' errors, those of one model: see the head of this file.
    """
    newest: dict[tuple[str, str, str, str], Metric] = {}
    for run in hub.runs:  # oldest first
        if run.kind == "evaluate":
            query = f"SELECT * FROM {hub.alias(run.run_id)}.metric WHERE ? IS NULL OR name = ?"
            for row in (_read(values, run) for values in hub.rows(query, [name, name])):
                newest[row.name, row.subject, row.slice, row.by] = row
    return _by_their_models(hub, list(newest.values()))


def _by_their_models(hub: Hub, rows: list[Metric]) -> list[Metric]:
    """The rows, less those of OF_ERRORS that are by other models than the one whose errors count."""
    measured: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.name in OF_ERRORS:
            measured.setdefault((row.name, row.subject), set()).add(row.by)
    if not measured:
        return rows
    scores = {info.address: info for info in score_infos(hub)}
    accuracy: dict[str, Estimate] = {}
    if any(len(models) > 1 for models in measured.values()):
        known = rows if any(row.name == ACCURACY for row in rows) else read_metrics(hub, ACCURACY)
        accuracy = by_subject(row for row in known if row.name == ACCURACY)
    models = [run for run in hub.runs if run.kind == "train"]
    chosen = {
        (name, subject): _model_of(name, scores.get(subject), evaluated, models, accuracy)
        for (name, subject), evaluated in measured.items()
    }
    return [row for row in rows if row.name not in OF_ERRORS or row.by == chosen[row.name, row.subject]]


def _model_of(
    name: str, score: ScoreInfo | None, evaluated: Collection[str], models: list[Run], accuracy: dict[str, Estimate]
) -> str | None:
    """Run id of the model whose errors a metric of a score is read by, None where none of those that are there may."""
    own = score.model_run if score else ""
    if own and name == DIRECTION:
        return own if own in evaluated else None
    measured = score is not None and score.direction is None
    chosen = model_for_errors(own, measured, [run for run in models if run.run_id in evaluated], accuracy)
    return chosen.run_id if chosen else max(evaluated)


def by_subject(rows: Iterable[Metric], part: str = WHOLE) -> dict[str, Estimate]:
    """Subject -> estimate, of the rows of one metric that are of a slice."""
    return {row.subject: row.estimate for row in rows if row.slice == part}


def _read(row: dict[str, Any], run: Run) -> Metric:
    value, low, high = (nan if row[column] is None else float(row[column]) for column in ("value", "low", "high"))
    if row["name"] in WITHOUT_INTERVAL:
        low = high = nan
    estimate = Estimate(value, low, high, int(row["n"] or 0), unit_of(row["name"], row["slice"]))
    by = run.inputs.get("train", "") if row["name"] in OF_ERRORS else ""
    return Metric(row["name"], row["subject"], row["slice"], estimate, row["note"] or "", by, run.run_id)
