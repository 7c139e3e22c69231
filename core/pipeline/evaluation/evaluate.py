"""Evaluation: how good models are, how difficulty goes with their errors, how well scores find wrong labels.

A run of rows of the `metric` table (`store.metrics`), one for each model:

    of a model, subject its run id
        accuracy, ece, ece_width, calibration_error, brier, nll   slice "all", "class <name>"; all but accuracy "decile
                                               1" (easiest) to "decile 10", "before scaling" and "after scaling"
        smece                                  slice "all", "before scaling", "after scaling"
        nll_refinement, nll_calibration        slice "all": what nll is made of
        ece_by_chance, smece_by_chance, ece_within_fifths_by_chance   of each slice of theirs: if confidence were right
        temperature                            slice "all": fitted on the half that the two above are not of
        equal_confidence_gap, ece_within_fifths    slice "all", "before scaling", "after scaling": by difficulty
        accuracy_at_confidence                 slice "easiest fifth 3 at 0.8712", "hardest fifth 3 at 0.8690": curves
        misclassification_auroc, _aupr, _aupr_error, _fpr95, aurc, augrc   slice "MSP" or "entropy"
        accuracy_by_rejection                  slice "rejected 0 %" to "rejected 90 %": the least confident;
                                               "rejected 10 % by entropy": those of the highest
        wrong_entropy, wrong_confidence        slice "mean", "quartile 1", "median", "quartile 3"
    of a score, subject its address
        direction, error_auroc                 slice "all": +1 higher is harder, -1 lower is, 0 not known
        error_by_decile, error_by_group        slice "decile 1" (lowest values), "group 1" (highest values)
                                               of RMD, MD, K-means: fitted apart (`scoring.apart`)
        vog_held_out_error_auroc, vog_held_out_error_by_decile   slice "all", "decile 1": of raw VoG, normalised within
                                               the class over the held-out images (`vog_checks`)
        error_auroc_difference                 slice "less <address>": RMD's less that of MD, K-means (`rival_scores`)
        false_negative_correlation             with the share of a class's images missed; slice "all": its interval is
                                               of other images, "over classes": of other classes
        label_auroc, label_average_precision, label_precision (at the true count): of wrong labels, where known;
                                               lower is harder is turned
        label_true_positive_rate, label_precision_at_recall   slice "false positive rate 0.05", "recall 0.1": curves
    of an embedding, subject its run id
        usable_information                     slice "all", "class <name>": of its probe, on the training split
        label_entropy                          slice "all": what there is to know of the same labels
    of "items"
        label_noise                            share of the training split's labels that are wrong

Other evaluations (corruptions, other distributions, comparisons over seeds) are runs of their own with such rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...errors import MissingRun, command
from ...kinds.evaluate import DECILES_OF, FIFTHS_OF, FITTED_ANEW, WITHOUT_SCORES
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.held_out import held_out, left_of_the_training_split, left_out_beside
from ...store.metrics import LEVEL, Metric, metric_table
from ...store.writer import RunWriter, Stopwatch
from ...store.wrong_labels import Truth, wrong_labels
from ...types import Bools, Floats, Run, RunSpec, ScoreInfo
from ..scoring.apart import fits_apart, values_apart
from ..steps import Done, compute
from .confidence_metrics import confidence_rows
from .fifths import fifths_rows
from .held_out import HeldOutPredictions, held_out_predictions
from .model_metrics import BINS, DIFFICULTIES, RESAMPLES, Difficulty, model_rows
from .rival_scores import rival_rows
from .score_metrics import difficulty_rows, label_noise, suspicion_rows
from .temperature_scaling import scaling_of, temperature_rows
from .usable_information import PROBE, information_rows
from .vog_checks.held_out_errors import held_out_vog_rows, is_raw_vog

FORM = 8
"""Raised when an evaluation's rows change, so that older ones are not taken for it."""

WITHOUT_LABELS = "rmd_nearest"
"""The difficulty by which images are compared at equal confidence. One that knows an image's label knows whether the
model is wrong, and finds a gap in a model that is right exactly as often as it says."""


def evaluate(
    audit: Audit, reporter: Reporter, *, model_run: str | None = None, seed: int = 0, every_score: bool = True
) -> Done:
    """Evaluate one model (the newest, or the one named) and every score by it; the scores alone where there is none.

    every_score: False for the model alone, as `evaluate_models` evaluates those of a grid.
    Raises MissingRun if there is nothing to evaluate.
    """
    model = audit.latest("train", model_run) if audit.runs("train") or model_run else None
    if model is None and not audit.runs("score"):
        raise MissingRun(
            f"Audit {audit.name!r} has no model and no scores to evaluate.",
            "Run",
            command(audit.name, "score", "rmd"),
        )
    return evaluate_one(audit, model, reporter, seed=seed, every_score=every_score or model is None)


def evaluate_models(audit: Audit, models: Sequence[Run], reporter: Reporter, *, seed: int = 0) -> list[Done]:
    """Evaluate each model; what was evaluated before is left as it is.

    Scores are evaluated by the models that stand for themselves and not by those of a grid, which are there to be
    compared with one another: whether a score goes with error should not hang on which of them came last.
    """
    return [
        evaluate_one(audit, model, reporter, seed=seed, every_score=not model.parameters.get("grid"))
        for model in models
    ]


def evaluate_one(audit: Audit, model: Run | None, reporter: Reporter, *, seed: int, every_score: bool) -> Done:
    """One run of metric rows."""
    scores = audit.runs("score")
    if not every_score:
        scores = [run for run in scores if run.name in DIFFICULTIES][:1]
    hub = views.open_hub(audit, [*([model] if model else []), *scores])
    infos = views.score_infos(hub)
    seen = seen_by_other_models(audit, model, infos) if model and every_score else {}
    inputs = {"items": audit.items_fingerprint, **({"train": model.run_id} if model else {})}
    inputs |= {f"score {run.run_id}": run.run_id for run in scores}
    learned = views.predictions(hub, model.run_id, "trained_on")["trained_on"] if model else np.zeros(0, bool)
    apart = fits_apart(audit, infos, held_out(hub, model), learned) if model and every_score else {}
    parameters = asked_of(hub, model, infos, every_score=every_score, seen=bool(seen))
    if apart:  # older evaluations held scores against the images that these were fitted to
        parameters[FITTED_ANEW] = sorted(address for address, anew in apart.items() if anew)
    spec = RunSpec("evaluate", model.name if model else "scores", inputs, parameters, seed)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        on_held_out = held_out_predictions(hub, model) if model else None
        truth = wrong_labels(hub, views.labels(hub))
        rows = [label_noise(truth)] if truth else []
        rows += rows_of_model(hub, on_held_out, parameters, seed) if on_held_out else []
        by_errors = partial(values_apart, audit, hub, apart=apart, trained_on=learned)
        with reporter.bar("evaluate", "scores") as advance:
            for done, info in enumerate(infos if every_score else ()):
                values = by_errors(info)
                unseen = np.where(seen.get(info.model_run, False), np.nan, values) if seen else values
                suspect = views.harder_high(views.score(hub, info.address), info.direction)
                rows += score_rows(info.address, suspect, unseen, on_held_out, truth, seed)
                rows += held_out_vog_rows(info, unseen, on_held_out) if on_held_out and is_raw_vog(info) else []
                rows += information_rows(hub, info) if info.name == PROBE else []
                advance(done + 1, len(infos))
        if on_held_out and every_score:
            rows += rival_rows(infos, by_errors, on_held_out)
        writer.commit("metrics", metric_table(rows), seconds=watch.lap())

    return compute(audit, spec, work, reporter)


def asked_of(
    hub: views.Hub, model: Run | None, infos: Sequence[ScoreInfo], *, every_score: bool, seen: bool
) -> dict[str, Any]:
    """The parameters of an evaluation. seen: whether images are left out that a score's own model was trained on."""
    parameters: dict[str, Any] = {"bins": BINS, "resamples": RESAMPLES, "level": LEVEL, "form": FORM}
    if not every_score:
        parameters["scores"] = WITHOUT_SCORES  # else one of the model with its scores could pass for this one
    if seen:
        parameters["scores"] = "on images their own models left out too"  # older ones counted all held-out images
    if model and left_of_the_training_split(hub, model):
        parameters["held_out"] = "left of the training split"  # an older evaluation has no rows of such a model
    if model and left_out_beside(hub, model):
        parameters["held_out"] = "without what its training left out"  # an older one counted that as held out
    # The oldest, so that no later one moves the figures of a model.
    by_name = {info.name: info.address for info in reversed(infos)}
    deciles = next((by_name[name] for name in DIFFICULTIES if name in by_name), "")
    named = {DECILES_OF: deciles, FIFTHS_OF: by_name.get(WITHOUT_LABELS, "")}
    return parameters | {what: address for what, address in named.items() if model and address}


def rows_of_model(
    hub: views.Hub, on_held_out: HeldOutPredictions, parameters: Mapping[str, Any], seed: int
) -> Iterator[Metric]:
    """What a model is worth, by the difficulties that the parameters name."""
    deciles, fifths = (
        Difficulty(address, views.score(hub, address)) if (address := parameters.get(what, "")) else None
        for what in (DECILES_OF, FIFTHS_OF)
    )
    scaling = scaling_of(on_held_out, seed)
    yield from model_rows(on_held_out, views.classes(hub), deciles, seed)
    yield from temperature_rows(on_held_out.model.run_id, scaling, seed) if scaling else ()
    yield from fifths_rows(on_held_out, fifths, scaling, seed) if fifths else ()
    yield from confidence_rows(on_held_out, seed)


def seen_by_other_models(audit: Audit, model: Run, infos: Sequence[ScoreInfo]) -> dict[str, Bools]:
    """Images the model is evaluated on, (n,) bool, that a score's own model was trained on, by that model's run id.

    A score that was made from another model is surer of what that one was trained on, whatever it is like. Only models
    that were trained on some of them: where every model has the same split, none.
    """
    wanted = {info.model_run for info in infos} - {model.run_id}
    others = [run for run in audit.runs("train") if run.run_id in wanted]
    hub = views.open_hub(audit, [model, *others])
    rows = held_out(hub, model)
    seen: dict[str, Bools] = {}
    for run in others:
        of_model = rows & views.predictions(hub, run.run_id, "trained_on")["trained_on"]
        seen |= {run.run_id: of_model} if of_model.any() else {}
    return seen


def score_rows(
    address: str,
    suspect: Floats,
    unseen: Floats,
    on_held_out: HeldOutPredictions | None,
    truth: Truth | None,
    seed: int,
) -> Iterator[Metric]:
    """What a score is worth, as far as there are images for it. suspect: turned so that higher is more suspect. unseen:
    as it is, NaN where no error may be counted."""
    if on_held_out:
        yield from difficulty_rows(address, unseen, on_held_out, seed)
    if truth:
        yield from suspicion_rows(address, suspect, truth, seed)
