"""Paper A's ways of training, with several seeds each: a grid of small models, and what evaluating them needs."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from ...experiments.grid_table import methods_of
from ...experiments.grids import read_grid
from ...kinds.evaluate import HELD_OUT
from ...kinds.train import LAST_EPOCH
from ...maths.gaussians import fit_gaussians
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...types import UNLABELLED, Floats, Run
from ..evaluation.choose_models import choose_models
from ..evaluation.compare import compare_grid
from ..evaluation.corruption_ladder import corruption_ladder
from ..evaluation.evaluate import evaluate_models
from ..evaluation.ood.near_ood import near_ood
from ..scoring.embeddings import embedding_for
from ..training.grid import train_jobs
from ..training.grid_file import GridPlan, grid_of
from ..training.grid_scores import GridScores
from ..training.request import TrainRequest
from ..training.schedule import GridSchedule
from .costs import training_seconds
from .difficulty import kinds
from .scores import refuse_untrainable
from .steps import Task, step

SMALL = "resnet8_w8"
SIDE, SIDE_OF_LARGE = 20, 48
"""Pixels that the models see of small images, and of larger ones: hundreds of models have to be affordable."""
LARGE = 64
FEWEST_CLASSES = 4
HELD_OUT_SHARE, MOST_HELD_OUT = 0.2, 10
"""Of the classes, that the models are not given, for near-OOD."""


def planned(task: Task) -> GridPlan:
    """The bundled methods on this data: how many seeds and epochs, at what size, without which classes."""
    refuse_untrainable(task)
    found = tomllib.loads(files(__package__).joinpath("quick.toml" if task.scale.few else "full.toml").read_text())
    shared: dict[str, Any] = {
        "name": task.scale.name, "seeds": task.scale.seeds, "epochs": task.scale.epochs, "image_size": pixels(task),
        "models": [SMALL], "dynamics": LAST_EPOCH,
    }  # fmt: skip
    if classes := held_out_classes(task):
        shared["hold_out_classes"] = classes
    return grid_of({**found, "grid": shared}, task.scale.name, "the bundled grid", task.device)


def pixels(task: Task) -> int:
    """A side that the models see."""
    side = views.typical_side(views.open_hub(task.audit, ()))
    return min(side, SIDE if side <= LARGE else SIDE_OF_LARGE)


def held_out_classes(task: Task) -> list[str]:
    """Names of the classes that the models are not given: those that lie nearest to a class they are given.

    Near-OOD asks for look-alikes. None where there are too few classes, or no embedding.
    """
    hub = views.open_hub(task.audit, ())
    names = views.classes(hub)
    if len(names) < FEWEST_CLASSES or not task.audit.runs("embed"):
        return []
    run = embedding_for(task.audit, None, lambda _: True)
    hub = views.open_hub(task.audit, [run])
    labels, vectors = views.labels(hub), views.embedding(hub, run.run_id)
    rows = fit_rows(views.column(hub, "split")) & (labels != UNLABELLED) & np.isfinite(vectors).all(axis=1)
    if not rows.any():
        return []
    centres = fit_gaussians(vectors[rows], labels[rows], len(names), pca=None).centres
    return [names[label] for label in nearest_classes(centres)]


def nearest_classes(centres: Floats) -> list[int]:
    """Labels of a fifth of the classes, one of each of the nearest pairs. centres: (K, r), NaN for a class without."""
    apart = cdist(centres, centres)
    first, second = np.triu_indices(len(centres), 1)
    order = np.argsort(apart[first, second], kind="stable")
    wanted = min(max(round(HELD_OUT_SHARE * len(centres)), 1), MOST_HELD_OUT)
    taken: list[int] = []
    used: set[int] = set()
    for one, other in zip(first[order].tolist(), second[order].tolist(), strict=True):
        if len(taken) < wanted and np.isfinite(apart[one, other]) and not used & {one, other}:
            taken.append(one)
            used |= {one, other}
    return sorted(taken)


def compared(audit: Audit, name: str, models: Sequence[Run]) -> list[Run]:
    """The models that stand in the table of corrupted images: not the sweeps, which would double what it takes.

    Each is shown as many images as `hardlook evaluate --corruptions` shows: of fewer, calibration is mostly chance.
    """
    grid = read_grid(name, audit.runs(), ())
    wanted = {run_id for method in methods_of(grid) for run_id in method.runs.values()} if grid else set()
    return [model for model in models if model.run_id in wanted]


def seconds(task: Task) -> float:
    """Seconds of the models that are not there yet, by the smallest of them."""
    there = sum(run.grid == task.scale.name for run in task.audit.runs("train"))
    request = TrainRequest(SMALL, task.scale.epochs, image_size=pixels(task), device=task.device, dynamics=LAST_EPOCH)
    return training_seconds(task, request, max(len(planned(task).jobs) - there, 0))


@step("grid", "train paper A's methods with several seeds, and evaluate each", place=40, seconds=seconds)
def compare_methods(task: Task) -> None:
    """Train what is not there, evaluate it, corrupt images for it, and set the methods beside each other."""
    audit, reporter = task.audit, task.reporter
    plan = planned(task)
    scores = GridScores(audit, plan)
    scores.make_first(reporter)
    train_jobs(audit, GridSchedule(audit, plan, scores, reporter), reporter, None, then="")
    models = choose_models(audit, grid=plan.name)
    evaluate_models(audit, models, reporter)
    if plan.jobs[0].request.held_out_classes:
        near_ood(audit, models, HELD_OUT, reporter, device=task.device)
    corruption_ladder(audit, compared(audit, plan.name, models), reporter, kinds=kinds(task), device=task.device)
    compare_grid(audit, plan.name, reporter)
