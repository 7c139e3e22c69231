"""Wrong labels and rare images planted on a copy, and which of them a model forgets first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...store.writer import run_id
from ..evaluation.planted_forgetting import PlantedForgetting, planted_forgetting, prepare_planted_forgetting
from .scores import refuse_untrainable
from .steps import Task, step

QUICK: Mapping[str, Any] = {"images": 1000, "model": "resnet8"}
"""With --quick: fewer images, and the smallest model that is trained here. In 40 epochs it did not learn the bundled
images' halves to near zero error, so it has as many as in full, and ends as soon as it has."""


def asked(task: Task) -> PlantedForgetting:
    """What is planted and trained. Raises as `prepare_planted_forgetting`."""
    refuse_untrainable(task)
    sizes = QUICK if task.scale.few else {}
    return prepare_planted_forgetting(task.audit, quick=task.scale.few, device=task.device, **sizes)


def seconds(task: Task) -> float:
    """Of all four trainings, at most."""
    made = asked(task)
    return 0.0 if task.audit.run_path(run_id(made.spec)).exists() else made.training.seconds()


@step("second-split", "train a model on each half of the images and go on with the other, and see what is forgotten",
      place=56, seconds=seconds)  # fmt: skip
def forget(task: Task) -> None:
    """On altered labels and classes of a few images."""
    planted_forgetting(task.audit, asked(task), task.reporter)
