"""The same model from several seeds, each with its variance of gradients and its figures."""

from __future__ import annotations

from dataclasses import replace

from ...types import Run
from ..evaluation.evaluate import evaluate_models
from ..scoring.vog import score_gradients
from ..training.grid import train_seeds
from ..training.plan import FEWEST_EPOCHS
from ..training.request import TrainRequest
from .costs import training_seconds
from .scores import refuse_untrainable
from .steps import Task, step


def request(task: Task) -> TrainRequest:
    """The model that an audit trains, as one of a grid: nothing takes it by default."""
    epochs = FEWEST_EPOCHS if task.scale.few else None
    return TrainRequest(epochs=epochs, device=task.device, grid=f"{task.scale.name}, seeds", method="CE")


def trained(task: Task) -> list[Run]:
    """Those that are there."""
    return [run for run in task.audit.runs("train") if run.grid == request(task).grid]


def seconds(task: Task) -> float:
    """Of those that are left, and of all their gradients that are."""
    refuse_untrainable(task)
    scored = {run.inputs.get("train") for run in task.audit.runs("score") if run.name == "vog"}
    left = task.scale.seeds - sum(run.run_id in scored for run in trained(task))
    return training_seconds(task, request(task), left, vog=True)


@step("seeds", "train one model from several seeds, and follow the gradients of each", place=30, seconds=seconds)
def train_several(task: Task) -> None:
    """Side by side; then VoG of each, and its evaluation."""
    refuse_untrainable(task)
    train_seeds(task.audit, replace(request(task), seed=0), task.scale.seeds, task.reporter)
    models = trained(task)
    for model in models:
        score_gradients(task.audit, "vog", task.reporter, model_run=model.run_id, device=task.device)
    evaluate_models(task.audit, models, task.reporter)
