"""Every detector of out-of-distribution images, VoG among them, by models of several seeds and on three sets."""

from __future__ import annotations

from ...kinds.evaluate import CORRUPTIONS, GAUSSIAN_NOISE, HELD_OUT
from ...progress import Quiet
from ...training.config import checkpoint_epochs
from ...types import Run
from ..evaluation.ood.near_ood import IMAGES, near_ood
from ..scoring.vog import score_gradients
from ..training.plan import gradient_flops, measured_speed
from ..training.train import prepare
from .difficulty import kinds
from .grid import planned
from .seeds import trained
from .steps import Task, step

SETS = (CORRUPTIONS, GAUSSIAN_NOISE)


def without_classes(task: Task) -> list[Run]:
    """Cross-entropy's models of the grid that were not given every class: their held-out classes are a third set."""
    plain = [
        run for run in task.audit.runs("train") if run.grid == task.scale.name and run.parameters["method"] == "CE"
    ]
    return [run for run in plain if run.parameters.get("held_out_classes")]


def images(task: Task) -> int:
    """On either side."""
    return IMAGES // 5 if task.scale.few else IMAGES


def seconds(task: Task) -> float:
    """Of the gradients of models that are not given every class; what is shown to models is little beside that."""
    scored = {run.inputs.get("train") for run in task.audit.runs("score") if run.name == "vog"}
    left = sum(run.run_id not in scored for run in without_classes(task))
    left = left if without_classes(task) else task.scale.seeds
    job = planned(task).jobs[0].request
    prepared = prepare(task.audit, Quiet(), job)
    n_classes = len(prepared.class_names)
    kept = len(checkpoint_epochs(prepared.plan.epochs, prepared.config.checkpoints))
    flops = left * gradient_flops(prepared.plan, len(prepared.labels), n_classes, kept)
    return flops / measured_speed(prepared.plan, n_classes, prepared.device)


@step("ood", "tell corrupted images, noise and held-out classes by VoG and ten rivals", place=65, seconds=seconds)
def detect(task: Task) -> None:
    """As `hardlook evaluate --ood`, once for each set."""
    audit, reporter = task.audit, task.reporter
    for against in SETS:
        near_ood(
            audit, trained(task), against, reporter, images=images(task), kinds=kinds(task), device=task.device
        )  # fmt: skip
    held_out = without_classes(task)
    for model in held_out:
        score_gradients(audit, "vog", reporter, model_run=model.run_id, device=task.device)
    if held_out:
        near_ood(audit, held_out, HELD_OUT, reporter, device=task.device)
