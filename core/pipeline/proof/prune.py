"""Pruning: models trained on the hardest, the easiest, the middle or any share of the images, all evaluated alike.

All of them are trained on given labels, and evaluated by given labels of the images that the first seed holds out. Kept
as a run of metric rows, which core/experiments/pruning.py reads and names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from ...errors import BadInput, TooFewRows, command
from ...experiments.pruning import ALL, FORM, OF_PRUNING, RANDOM, Pruning, label_of, less, read_pruning
from ...kinds.proof import PRUNING
from ...metrics.calibration.binned import log_losses
from ...metrics.seeds import mean_over_seeds_and_images
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.metrics import (
    LEVEL,
    PRUNED_ACCURACY,
    PRUNED_ACCURACY_DIFFERENCE,
    PRUNED_NLL,
    PRUNED_NLL_DIFFERENCE,
    Metric,
    metric_table,
    read_metrics,
    unit_of,
)
from ...store.writer import RunWriter, run_id
from ...training.pruning import Which, kept_of_class
from ...types import Floats, Run, RunSpec
from ...wording import count
from ..steps import compute
from ..training.difficulty import find_score
from ..training.grid import refuse_torchrun
from ..training.pruning import pruning_difficulty, refuse_unranked, seen_by, warn_of_unknown
from ..training.request import DEFAULT_PRUNING, PruneRequest, TrainRequest
from ..training.train import Prepared, prepare
from .arms import train_arms

Equal = Literal["steps", "epochs"]
RANGES = {
    PRUNED_ACCURACY: (0.0, 1.0), PRUNED_ACCURACY_DIFFERENCE: (-1.0, 1.0),
    PRUNED_NLL: (0.0, np.inf), PRUNED_NLL_DIFFERENCE: (-np.inf, np.inf),
}  # fmt: skip
"""What a figure can be: of few seeds that lie far apart, Student's interval would go beyond it."""
KEEP = (30.0, 50.0, 70.0, 90.0)


@dataclass(frozen=True)
class PruningAsked:
    """by: a score as of `PruneRequest`. keep: shares in per cent. which: besides any at random, which is always there.

    equal: what every model has as many of as the one of all images: steps of as many images, or epochs.
    """

    by: str = DEFAULT_PRUNING
    keep: tuple[float, ...] = KEEP
    which: tuple[Which, ...] = get_args(Which)
    equal: Equal = "steps"
    seeds: int = 5

    def __post_init__(self) -> None:
        """Raise BadInput on what cannot be meant."""
        for per_cent in self.keep:
            for which in self.which:
                PruneRequest(which, per_cent)
        for what, given in (("keep", self.keep), ("which", self.which)):
            if len(set(given)) != len(given) or not given:
                raise BadInput(f"--{what} is {', '.join(map(str, given))!r}.", "Name one or more, each once.")

    @property
    def ways(self) -> tuple[Which, ...]:
        """Of choosing what is kept."""
        return (*(one for one in self.which if one != RANDOM), RANDOM)


def prove_pruning(
    audit: Audit, reporter: Reporter, request: TrainRequest, asked: PruningAsked, *, workers: int | None = None
) -> Pruning:
    """Train what is not there yet on every share, and evaluate all of it on the same held-out images.

    request: what the models are; its seed is the first. Raises as `prune`, TrainingFailed as `train_grid`, and
    TooFewRows where no image is held out.
    """
    refuse_torchrun()
    request = replace(request, labels="given", held_out_seed=request.seed)
    whole = prepare(audit, reporter, request)
    if not whole.split.held_out.any():
        raise TooFewRows(
            "No labelled image is held out, so nothing can be evaluated.", "Check the labels and splits",
            command(audit.name, "ingest", "PATH"),
        )  # fmt: skip
    asked = replace(asked, by=find_score(audit, asked.by).address)
    difficulty = pruning_difficulty(audit, asked.by, whole.split)
    for per_cent in asked.keep:
        refuse_unranked(audit, difficulty, whole.labels, whole.split.train, per_cent)
    fitted_on = seen_by(audit, difficulty, whole.split.train)
    warn_of_unknown(audit, asked.by, reporter)
    arms = requests(request, whole, asked)
    reporter.say(in_words(asked, whole, fitted_on))
    trained = train_arms(audit, PRUNING, arms, asked.seeds, reporter, workers)
    said = {
        "score": asked.by, "fitted_on": fitted_on, "equal": asked.equal, "model": whole.plan.model,
        "arms": {label: _said(arms[label], whole, trained[label]) for label in arms},
    }  # fmt: skip
    return keep(audit, whole, trained, said, asked_for(request, asked), reporter)


def requests(request: TrainRequest, whole: Prepared, asked: PruningAsked) -> dict[str, TrainRequest]:
    """What each model is asked to be, by what it is trained on. whole: of all images, whose model the others have."""
    config = whole.config
    same = replace(
        request, model=config.model, epochs=config.epochs, image_size=config.image_size,
        batch_size=config.batch_size, learning_rate=config.learning_rate,
    )  # fmt: skip
    made = {ALL: same}
    for which in asked.ways:
        for per_cent in asked.keep:
            prune = PruneRequest(which, per_cent, asked.by)
            epochs = epochs_of(whole, per_cent) if asked.equal == "steps" else config.epochs
            made[label_of(which, per_cent)] = replace(same, epochs=epochs, prune=prune)
    return made


def kept_count(whole: Prepared, per_cent: float) -> int:
    """How many images a share of them is."""
    of_class = np.unique(whole.labels[whole.split.train], return_counts=True)[1]
    return sum(kept_of_class(images, per_cent) for images in of_class.tolist())


def epochs_of(whole: Prepared, per_cent: float) -> int:
    """Epochs in which a share of the images makes as many steps as all of them, to within one epoch."""
    size = whole.config.batch_size
    every, kept = (-(-images // size) for images in (int(whole.split.train.sum()), kept_count(whole, per_cent)))
    return max(round(whole.config.epochs * every / kept), 1)


def in_words(asked: PruningAsked, whole: Prepared, fitted_on: str) -> str:
    """What is going to be trained, before it is."""
    shares = ", ".join(f"{per_cent:g}" for per_cent in asked.keep)
    budget = (
        f"as many steps as all images make in {whole.config.epochs} epochs"
        if asked.equal == "steps"
        else f"{whole.config.epochs} epochs each, and so fewer steps of fewer images"
    )
    return (
        f"pruning by {asked.by} ({fitted_on}): {', '.join(asked.ways)}, each {shares} % of every class, beside all "
        f"{whole.described}; {asked.seeds} seeds of each, {budget}; evaluated on "
        f"{count(int(whole.split.held_out.sum()))} held-out images ({whole.split.how})"
    )


def asked_for(request: TrainRequest, asked: PruningAsked) -> dict[str, Any]:
    """The options of the command that make the same."""
    names = ("model", "epochs", "image_size", "batch_size", "learning_rate", "flip", "seed")
    chosen = {"by": asked.by, "keep": list(asked.keep), "which": list(asked.ways), "equal": asked.equal}
    return {**{name: getattr(request, name) for name in names}, **chosen, "seeds": asked.seeds}


def _said(request: TrainRequest, whole: Prepared, runs: Mapping[int, Run]) -> dict[str, Any]:
    prune = request.prune
    return {
        "which": prune.which if prune else ALL, "per_cent": prune.per_cent if prune else 100.0,
        "images": kept_count(whole, prune.per_cent if prune else 100.0), "epochs": request.epochs,
        "runs": {str(seed): run.run_id for seed, run in runs.items()},
    }  # fmt: skip


def keep(
    audit: Audit, whole: Prepared, trained: Mapping[str, Mapping[int, Run]], said: Mapping[str, Any],
    asked: Mapping[str, Any], reporter: Reporter,
) -> Pruning:  # fmt: skip
    """Evaluate the models and keep what was found as a run."""
    models = {f"{arm}, seed {seed}": run.run_id for arm, runs in trained.items() for seed, run in runs.items()}
    inputs = {"items": audit.items_fingerprint, "labels": "given", **models}
    spec = RunSpec("evaluate", PRUNING, inputs, {OF_PRUNING: said, "asked": asked, "level": LEVEL, "form": FORM})

    def work(writer: RunWriter) -> None:
        writer.commit("pruning", metric_table(rows_of(audit, whole, trained, run_id(spec))))

    made = compute(audit, spec, work, reporter).run
    return read_pruning(made, read_metrics(views.open_hub(audit, [made])))


def rows_of(audit: Audit, whole: Prepared, trained: Mapping[str, Mapping[int, Run]], subject: str) -> Iterator[Metric]:
    """Each arm's means, and their differences from all images and from as many at random."""
    figures = {arm: evaluated(audit, whole, list(runs.values())) for arm, runs in trained.items()}
    for arm, (right, losses) in figures.items():
        yield from _rows(subject, arm, right, losses, (PRUNED_ACCURACY, PRUNED_NLL))
        at_random = f"{RANDOM} {arm.partition(' ')[2]}"
        for other in (ALL, at_random):
            if other in figures and arm not in (ALL, other):
                names = (PRUNED_ACCURACY_DIFFERENCE, PRUNED_NLL_DIFFERENCE)
                theirs = figures[other]
                yield from _rows(subject, less(arm, other), right - theirs[0], losses - theirs[1], names)


def evaluated(audit: Audit, whole: Prepared, runs: Sequence[Run]) -> tuple[Floats, Floats]:
    """(seeds, held-out images) each: 1 where the model is right, and its log loss in nats, by the given labels."""
    rows, right, losses = whole.split.held_out, [], []
    labels = whole.labels[rows]
    for run in runs:
        hub = views.open_hub(audit, [run])
        right.append(views.predictions(hub, run.run_id, "predicted")["predicted"][rows] == labels)
        losses.append(log_losses(views.probabilities(hub, run.run_id)[rows], labels))
    return np.array(right, float), np.array(losses)


def _rows(subject: str, part: str, right: Floats, losses: Floats, names: tuple[str, str]) -> Iterator[Metric]:
    for name, values in zip(names, (right, losses), strict=True):
        found = mean_over_seeds_and_images(values, LEVEL)
        low, high = np.clip((found.low, found.high), *RANGES[name]).tolist()
        yield Metric(name, subject, part, replace(found, low=low, high=high, unit=unit_of(name, part)))
