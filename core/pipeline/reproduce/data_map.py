"""A model trained on a copy of the labels of which a fifth is altered: where these lie on its data map."""

from __future__ import annotations

from ...store.writer import run_id
from ..evaluation.dynamics_checks.data_map import map_altered, prepare_map
from ..training.altered_training import AlteredTraining
from .scores import own, refuse_untrainable
from .steps import Task, step


def mapping(task: Task) -> AlteredTraining:
    """A model like the audit's own, on images of its training split."""
    refuse_untrainable(task)
    models = own(task, "train")
    return prepare_map(task.audit, models[-1] if models else None, quick=task.scale.few, device=task.device)


def seconds(task: Task) -> float:
    """Of the training, where it was not done."""
    asked = mapping(task)
    return 0.0 if task.audit.run_path(run_id(asked.spec)).exists() else asked.seconds()


@step("data-map", "train a model on altered labels, and see where they lie on its data map", place=55, seconds=seconds)
def data_map(task: Task) -> None:
    """Raises TooFewRows on too few images or classes."""
    map_altered(task.audit, mapping(task), task.reporter)
