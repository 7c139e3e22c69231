"""Evaluation: how good networks are, how difficulty goes with their errors, how well scores find wrong labels.

A run of rows of the `metric` table (`store.metrics`), one for each network:

    of a network, subject its run id
        accuracy, ece, ece_width, calibration_error, brier, nll   slice "all", "class <name>"; all but accuracy "decile
                                               1" (easiest) to "decile 10", "before scaling" and "after scaling"
        temperature                            slice "all": fitted on the half that the two above are not of
        misclassification_auroc, _aupr, _aupr_error, _fpr95, aurc          slice "MSP" or "entropy"
        accuracy_by_rejection                  slice "rejected 0 %" to "rejected 90 %"
        wrong_entropy, wrong_confidence        slice "mean", "quartile 1", "median", "quartile 3"
    of a score, subject its address
        direction, error_auroc                 slice "all": +1 higher is harder, -1 lower is, 0 not known
        error_by_decile, error_by_group        slice "decile 1" (lowest values), "group 1" (highest values)
        false_negative_correlation             with the share of a class's images missed; slice "all": its interval is
                                               of other images, "over classes": of other classes
        label_auroc, label_average_precision, label_precision (at the true count): of wrong labels, where known
        label_true_positive_rate, label_precision_at_recall   slice "false positive rate 0.05", "recall 0.1": curves
    of "items"
        label_noise                            share of the training split's labels that are wrong

Other evaluations (corruptions, other distributions, comparisons over seeds) are runs of their own with such rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...errors import MissingRun, command
from ...kinds.evaluate import WITHOUT_SCORES
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.held_out import held_out, left_of_the_training_split
from ...store.metrics import LEVEL, Metric, metric_table
from ...store.writer import RunWriter, Stopwatch
from ...store.wrong_labels import Truth, wrong_labels
from ...types import Bools, Floats, Run, RunSpec, ScoreInfo
from ..steps import Done, compute
from .confidence_metrics import confidence_rows
from .held_out import HeldOutPredictions, held_out_predictions
from .model_metrics import BINS, RESAMPLES, Difficulty, model_rows
from .score_metrics import difficulty_rows, label_noise, suspicion_rows

FORM = 5
"""Raised when an evaluation's rows change, so that older ones are not taken for it."""

DIFFICULTIES = ("rmd_oof", "rmd")
"""The scores whose deciles calibration is measured in, the preferred first. Both are the same on held-out images."""


def evaluate(
    audit: Audit, reporter: Reporter, *, model_run: str | None = None, seed: int = 0, every_score: bool = True
) -> Done:
    """Evaluate one network (the newest, or the one named) and every score by it; the scores alone where there is none.

    every_score: False for the network alone, as `evaluate_networks` evaluates those of a grid.
    Raises MissingRun if there is nothing to evaluate.
    """
    network = audit.latest("train", model_run) if audit.runs("train") or model_run else None
    if network is None and not audit.runs("score"):
        raise MissingRun(
            f"Audit {audit.name!r} has no model and no scores to evaluate.",
            "Run",
            command(audit.name, "score", "rmd"),
        )
    return evaluate_one(audit, network, reporter, seed=seed, every_score=every_score or network is None)


def evaluate_models(audit: Audit, networks: Sequence[Run], reporter: Reporter, *, seed: int = 0) -> list[Done]:
    """Evaluate each network; what was evaluated before is left as it is.

    Scores are evaluated by the networks that stand for themselves and not by those of a grid, which are there to be
    compared with one another: whether a score goes with error should not hang on which of them came last.
    """
    return [
        evaluate_one(audit, network, reporter, seed=seed, every_score=not network.parameters.get("grid"))
        for network in networks
    ]


def evaluate_one(audit: Audit, network: Run | None, reporter: Reporter, *, seed: int, every_score: bool) -> Done:
    """One run of metric rows."""
    scores = audit.runs("score")
    if not every_score:
        scores = [run for run in scores if run.name in DIFFICULTIES][:1]
    hub = views.open_hub(audit, [*([network] if network else []), *scores])
    infos = views.score_infos(hub)
    # The oldest, so that no later one moves the figures of a network.
    decile_score = next((info for name in DIFFICULTIES for info in infos if info.name == name), None)
    inputs = {"items": audit.items_fingerprint, **({"train": network.run_id} if network else {})}
    inputs |= {f"score {run.run_id}": run.run_id for run in scores}
    parameters: dict[str, Any] = {"bins": BINS, "resamples": RESAMPLES, "level": LEVEL, "form": FORM}
    if not every_score:
        parameters["scores"] = WITHOUT_SCORES  # else one of the network with its scores could pass for this one
    if network and left_of_the_training_split(hub, network):
        parameters["held_out"] = "left of the training split"  # an older evaluation has no rows of such a model
    seen = seen_by_other_models(audit, network, infos) if network and every_score else {}
    if seen:
        parameters["scores"] = "on images their own models left out too"  # older ones counted all held-out images
    spec = RunSpec("evaluate", network.name if network else "scores", inputs, parameters, seed)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        on_held_out = held_out_predictions(hub, network) if network else None
        truth = wrong_labels(hub, views.labels(hub))
        rows = [label_noise(truth)] if truth else []
        with reporter.bar("evaluate", "scores") as advance:
            if on_held_out:
                at = decile_score.address if decile_score else ""
                difficulty = Difficulty(at, views.score(hub, at)) if at else None
                rows += model_rows(on_held_out, views.classes(hub), difficulty, seed)
                rows += confidence_rows(on_held_out, seed)
            for done, info in enumerate(infos if every_score else ()):
                values = views.score(hub, info.address)
                unseen = np.where(seen.get(info.model_run, False), np.nan, values) if seen else values
                rows += score_rows(info.address, values, unseen, on_held_out, truth, seed)
                advance(done + 1, len(infos))
        writer.commit("metrics", metric_table(rows), seconds=watch.lap())

    return compute(audit, spec, work, reporter)


def seen_by_other_models(audit: Audit, network: Run, infos: Sequence[ScoreInfo]) -> dict[str, Bools]:
    """Images the network is evaluated on, (n,) bool, that a score's own model was trained on, by that model's run id.

    A score that was made from another model is surer of what that one was trained on, whatever it is like. Only models
    that were trained on some of them: where every model has the same split, none.
    """
    wanted = {info.model_run for info in infos} - {network.run_id}
    others = [run for run in audit.runs("train") if run.run_id in wanted]
    hub = views.open_hub(audit, [network, *others])
    rows = held_out(hub, network)
    seen: dict[str, Bools] = {}
    for run in others:
        of_model = rows & views.predictions(hub, run.run_id, "trained_on")["trained_on"]
        seen |= {run.run_id: of_model} if of_model.any() else {}
    return seen


def score_rows(
    address: str,
    values: Floats,
    unseen: Floats,
    on_held_out: HeldOutPredictions | None,
    truth: Truth | None,
    seed: int,
) -> Iterator[Metric]:
    """What a score is worth, as far as there are images for it. unseen: NaN where no error may be counted."""
    if on_held_out:
        yield from difficulty_rows(address, unseen, on_held_out, seed)
    if truth:
        yield from suspicion_rows(address, values, truth, seed)
