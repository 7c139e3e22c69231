"""Evaluation: how good a network is, how difficulty goes with its errors, how well scores find wrong labels.

Rows of the `metric` table: name, subject (a run id or a score's address), slice, value with its interval, n, note.

    accuracy, ece, ece_width, brier, nll    subject: training run     slice: "held out", "class <name>"
    error_by_decile                         subject: score address    slice: "decile 1" (lowest values) .. "decile 10"
    error_correlation                       subject: score address    slice: "held out"   Spearman; its sign is the
                                            direction of the score on this data, unknown while the interval holds 0
    label_auroc, label_ap,                  subject: score address    slice: "train"      only where true labels are
      label_precision (at the true count)                             known: how well the score finds wrong labels
    label_noise                             subject: "items"          slice: "train"      share of given labels wrong
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingRun
from ..metrics.calibration import brier_score, expected_calibration_error, negative_log_likelihood
from ..metrics.difficulty import difficulty_direction, error_by_decile
from ..metrics.intervals import bootstrap, wilson
from ..metrics.labels import average_precision, auroc, precision_at
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter, Stopwatch
from ..types import UNLABELLED, Bools, Floats, Ints, Run, RunSpec
from .score import fit_rows
from .steps import Done, compute

HELD_OUT = "held out"


@dataclass(frozen=True)
class Metric:
    """One row of the `metric` table. low, high: 95 % interval, NaN where there is none."""

    name: str
    subject: str
    slice: str
    value: float
    low: float
    high: float
    n: int
    note: str = ""


def evaluate(audit: Audit, reporter: Reporter, *, model_run: str | None = None, seed: int = 0) -> Done:
    """Compute every metric that the audit's finished runs allow. Raises MissingRun if there is nothing to judge."""
    networks = audit.runs("train")
    network = audit.latest("train", "hardlook train", model_run) if networks or model_run else None
    scores = audit.runs("score")
    if network is None and not scores:
        raise MissingRun(f"Audit {audit.name!r} has no network and no scores to evaluate.", "Run: hardlook score rmd")
    inputs = {"items": audit.items_fingerprint, **({"train": network.run_id} if network else {})}
    inputs |= {f"score {run.run_id}": run.run_id for run in scores}
    name = network.name if network else "scores"
    spec = RunSpec("evaluate", name, inputs, {"bins": 15, "resamples": RESAMPLES, "level": 0.95}, seed)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        found: list[Metric] = []
        with reporter.bar("evaluate", "scores") as advance:
            hub = views.open_hub(audit)
            labels = views.labels(hub)
            prediction = views.predictions(hub, network.run_id) if network else None
            if network and prediction:
                found += judge_network(hub, network, prediction, labels)
            infos = views.score_infos(hub)
            wrong = wrong_labels(hub, labels)
            for done, info in enumerate(infos):
                values = views.score(hub, info.address)
                if network and prediction:
                    found += judge_difficulty(info.address, values, prediction, labels)
                if wrong is not None:
                    found += judge_suspicion(info.address, values, *wrong)
                advance(done + 1, len(infos))
            if wrong is not None:
                rows, is_wrong = wrong
                share = wilson(int(is_wrong[rows].sum()), int(rows.sum()))
                found.append(Metric("label_noise", "items", "train", float(is_wrong[rows].mean()), *share, int(rows.sum())))
        writer.commit("metrics", {"metric": as_columns(found)}, seconds=watch.lap())

    return compute(audit, spec, work, reporter)


RESAMPLES = 1000


def judge_network(
    hub: views.Hub, network: Run, prediction: dict[str, NDArray[Any]], labels: Ints
) -> list[Metric]:  # fmt: skip
    """Accuracy and calibration on labelled images the network was not trained on, over all and by class."""
    held_out = held_out_rows(prediction, labels)
    if not held_out.any():
        return []
    probabilities = views.probabilities(hub, network.run_id)[held_out]
    given, correct = labels[held_out], prediction["correct"][held_out]
    confidence = prediction["confidence"][held_out]
    n, subject = int(held_out.sum()), network.run_id
    found = [Metric("accuracy", subject, HELD_OUT, float(correct.mean()), *wilson(int(correct.sum()), n), n)]
    for name, binning in (("ece", "mass"), ("ece_width", "width")):
        measure = partial(expected_calibration_error, n_bins=15, binning=binning)
        interval = bootstrap(measure, confidence, correct, n=RESAMPLES)
        found.append(Metric(name, subject, HELD_OUT, measure(confidence, correct), *interval, n))
    for name, function in (("brier", brier_score), ("nll", negative_log_likelihood)):
        interval = bootstrap(function, probabilities, given, n=RESAMPLES)
        found.append(Metric(name, subject, HELD_OUT, function(probabilities, given), *interval, n))
    for label, class_name in enumerate(views.classes(hub)):
        of_class = given == label
        if count := int(of_class.sum()):
            right = int(correct[of_class].sum())
            found.append(Metric("accuracy", subject, f"class {class_name}", right / count, *wilson(right, count), count))
    return found


def judge_difficulty(
    address: str, values: Floats, prediction: dict[str, NDArray[Any]], labels: Ints
) -> list[Metric]:  # fmt: skip
    """Error in each tenth of a score's order, and whether high or low values go with error on this data."""
    rows = held_out_rows(prediction, labels) & np.isfinite(values)
    if rows.sum() < 10:
        return []
    wrong = ~prediction["correct"][rows]
    found = []
    for tenth, (share, low, high, n) in enumerate(error_by_decile_rows(values[rows], ~wrong)):
        found.append(Metric("error_by_decile", address, f"decile {tenth + 1}", share, low, high, n))
    return found


def held_out_rows(prediction: dict[str, NDArray[Any]], labels: Ints) -> Bools:
    """(n,) bool: labelled images the network was not trained on."""
    return (labels != UNLABELLED) & ~prediction["trained_on"]


def as_columns(rows: Sequence[Metric]) -> dict[str, list[Any]]:
    """Metric rows as columns for the store."""
    names = list(Metric.__dataclass_fields__)
    return {name: list(values) for name, values in zip(names, zip(*map(astuple, rows), strict=True), strict=True)}
