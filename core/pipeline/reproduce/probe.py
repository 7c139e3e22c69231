"""A linear probe of the embedding, which says how much of the labels its vectors tell."""

from __future__ import annotations

from ..evaluation.evaluate import evaluate
from ..scoring.score import score
from .costs import n_images
from .steps import Task, step

NAME = "probe"
IMAGES_A_SECOND = 400.0
"""Of fitting it on 1,280 features and ten classes, on two cores."""


def seconds(task: Task) -> float:
    """Of the probe, where it is not there."""
    return 0.0 if any(run.name == NAME for run in task.audit.runs("score")) else n_images(task) / IMAGES_A_SECOND


@step("probe", "fit a linear probe to the embedding", place=15, seconds=seconds)
def probe(task: Task) -> None:
    """Then evaluated, with the model where there is one."""
    score(task.audit, NAME, task.reporter, device=task.device)
    evaluate(task.audit, task.reporter)
