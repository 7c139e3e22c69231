"""Evaluation: how good a network is, how difficulty goes with its errors, how well scores find wrong labels.

Rows of the `metric` table (name, subject, slice, value with its 95 % interval, n, note):

    accuracy, ece, ece_width, brier, nll   of a training run    slice "all": every image held out; "class <name>"
    direction                              of a score           +1 higher is harder, -1 lower is, 0 not known
    error_auroc                            of a score           chance that a misclassified image scores higher
    error_by_decile                        of a score           slice "decile 1" (lowest values) to "decile 10"
    label_auroc, label_average_precision,  of a score           where true labels are known: how well the score finds
      label_precision (at the true count)                       wrong labels in the training split
    label_noise                            of "items"           share of the training split's labels that are wrong
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingRun
from ..metrics.calibration import brier_score, expected_calibration_error, negative_log_likelihood
from ..metrics.difficulty import decile_groups, difficulty_direction
from ..metrics.intervals import Interval, bootstrap, wilson
from ..metrics.labels import found as finds
from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter, Stopwatch
from ..types import UNLABELLED, Bools, Floats, Ints, Run, RunSpec
from .score import fit_rows
from .steps import Done, compute

WHOLE = "all"
BINS, RESAMPLES, LEVEL = 15, 1000, 0.95


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
    network = audit.latest("train", "hardlook train", model_run) if audit.runs("train") or model_run else None
    scores = audit.runs("score")
    if network is None and not scores:
        raise MissingRun(f"Audit {audit.name!r} has no network and no scores to evaluate.", "Run: hardlook score rmd")
    inputs = {"items": audit.items_fingerprint, **({"train": network.run_id} if network else {})}
    inputs |= {f"score {run.run_id}": run.run_id for run in scores}
    parameters = {"bins": BINS, "resamples": RESAMPLES, "level": LEVEL}
    spec = RunSpec("evaluate", network.name if network else "scores", inputs, parameters, seed)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        hub = views.open_hub(audit)
        labels, infos = views.labels(hub), views.score_infos(hub)
        rows = judge_network(hub, network, labels, seed) if network else []
        wrong = wrong_labels(hub, labels)
        rows += label_noise(wrong)
        with reporter.bar("evaluate", "scores") as advance:
            for done, info in enumerate(infos):
                values = views.score(hub, info.address)
                if network:
                    rows += judge_difficulty(info.address, values, views.predictions(hub, network.run_id), labels, seed)
                rows += judge_suspicion(info.address, values, wrong, seed)
                advance(done + 1, len(infos))
        names = [field.name for field in fields(Metric)]
        columns = list(zip(*map(astuple, rows), strict=True)) or [()] * len(names)
        writer.commit("metrics", {"metric": dict(zip(names, map(list, columns), strict=True))}, seconds=watch.lap())

    return compute(audit, spec, work, reporter)


def held_out_rows(prediction: dict[str, NDArray[Any]], labels: Ints) -> Bools:
    """(n,) bool: labelled images that the network was not trained on and has a prediction for."""
    return np.asarray((labels != UNLABELLED) & ~prediction["trained_on"] & (prediction["predicted"] != UNLABELLED))


def judge_network(hub: views.Hub, network: Run, labels: Ints, seed: int) -> list[Metric]:
    """Accuracy and calibration on labelled images the network was not trained on; accuracy also by class."""
    prediction = views.predictions(hub, network.run_id)
    rows = held_out_rows(prediction, labels)
    n = int(rows.sum())
    if n == 0:
        return []
    probabilities = views.probabilities(hub, network.run_id)[rows]
    given, correct, confidence = labels[rows], prediction["correct"][rows], prediction["confidence"][rows]

    def resampled(name: str, statistic: Callable[..., float], *arrays: NDArray[Any]) -> Metric:
        interval = bootstrap(statistic, *arrays, n=RESAMPLES, seed=seed, level=LEVEL)
        return Metric(name, network.run_id, WHOLE, interval.value, interval.low, interval.high, n)

    found = [
        share("accuracy", network.run_id, WHOLE, correct),
        resampled("ece", lambda p, right: expected_calibration_error(p, right, BINS, "mass"), confidence, correct),
        resampled(
            "ece_width", lambda p, right: expected_calibration_error(p, right, BINS, "width"), confidence, correct
        ),
        resampled("brier", brier_score, probabilities, given),
        resampled("nll", negative_log_likelihood, probabilities, given),
    ]
    for label, name in enumerate(views.classes(hub)):
        if (given == label).any():
            found.append(share("accuracy", network.run_id, f"class {name}", correct[given == label]))
    return found


def judge_difficulty(
    address: str, values: Floats, prediction: dict[str, NDArray[Any]], labels: Ints, seed: int
) -> list[Metric]:
    """Error in each tenth of a score's order over held-out images, and which end of it is the hard one."""
    rows = held_out_rows(prediction, labels) & np.isfinite(values)
    if rows.sum() < 10:
        return []
    score, correct = values[rows], prediction["correct"][rows]
    tenths = decile_groups(score, correct)
    found = [
        Metric("error_by_decile", address, f"decile {i + 1}", float(tenths.error[i]), float(tenths.low[i]),
               float(tenths.high[i]), int(tenths.n[i]))
        for i in range(10)
    ]  # fmt: skip
    measured = difficulty_direction(score, ~correct, n=RESAMPLES, seed=seed)
    n, note = int(rows.sum()), f"Spearman correlation with error {measured.spearman:.3f}"
    found.append(Metric("direction", address, WHOLE, measured.direction or 0, np.nan, np.nan, n, note))
    found.append(Metric("error_auroc", address, WHOLE, measured.auroc, measured.low, measured.high, n, note))
    return found


@dataclass(frozen=True)
class Truth:
    """Which training images can be judged, and which of their given labels are wrong. (n,) bool each."""

    judged: Bools
    wrong: Bools


def wrong_labels(hub: views.Hub, labels: Ints) -> Truth | None:
    """The truth about the training split's labels, where the data set has true labels; else None."""
    true = views.true_labels(hub)
    if true is None:
        return None
    judged = (labels != UNLABELLED) & (true != UNLABELLED) & fit_rows(views.column(hub, "split"))
    wrong = judged & (labels != true)
    return Truth(judged, wrong) if wrong.any() and not wrong[judged].all() else None


def label_noise(truth: Truth | None) -> list[Metric]:
    """Share of labels that are wrong."""
    return [] if truth is None else [share("label_noise", "items", WHOLE, truth.wrong[truth.judged])]


def judge_suspicion(address: str, values: Floats, truth: Truth | None, seed: int) -> list[Metric]:
    """How well a score finds the wrong labels."""
    if truth is None:
        return []
    rows = truth.judged & np.isfinite(values)
    wrong = truth.wrong[rows]
    k = int(wrong.sum())
    if k == 0 or k == len(wrong):
        return []
    measured = finds(values[rows], wrong, ks=(k,), n=RESAMPLES, seed=seed)
    figures = {
        "label_auroc": measured.auroc,
        "label_average_precision": measured.average_precision,
        "label_precision": measured.precision[k],
    }
    note = f"{k} wrong labels"
    return [Metric(name, address, WHOLE, *ends(figure), measured.n, note) for name, figure in figures.items()]


def ends(figure: Interval) -> tuple[float, float, float]:
    """Value, low and high."""
    return figure.value, figure.low, figure.high


def share(name: str, subject: str, part: str, hits: Bools) -> Metric:
    """A share of rows with its Wilson interval."""
    low, high = wilson(int(hits.sum()), len(hits), LEVEL)
    return Metric(name, subject, part, float(hits.mean()), float(low), float(high), len(hits))


def newest(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Metric rows, oldest first, by (name, subject, slice): a later measurement replaces an earlier one."""
    return {(row["name"], row["subject"], row["slice"]): row for row in rows}
