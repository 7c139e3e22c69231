"""Whether RMD rises as images are corrupted and labels altered."""

from __future__ import annotations

from ...corruptions import SEVERITIES, all_corruptions
from ..evaluation.difficulty_checks import FORM, NAME, difficulty_checks
from .costs import embedding_seconds
from .steps import Task, step

FEW_KINDS = ("gaussian_noise", "defocus_blur", "fog", "jpeg")
"""One of each family: noise, blur, weather, digital."""


def kinds(task: Task) -> tuple[str, ...]:
    """Of corruption."""
    return FEW_KINDS if task.scale.few else tuple(kind.name for kind in all_corruptions())


def there(task: Task) -> bool:
    """Whether it was computed of these kinds and as many images, or more, with all rows that there are today."""
    return any(
        run.name == NAME and run.parameters.get("form") == FORM
        and run.parameters.get("images", 0) >= task.scale.images
        and set(kinds(task)) <= set(run.parameters.get("levels", ()))
        for run in task.audit.runs("evaluate")
    )  # fmt: skip


def seconds(task: Task) -> float:
    """Of embedding each image clean and at every severity of every kind."""
    if there(task):
        return 0.0
    return embedding_seconds(task, task.scale.images * (1 + len(kinds(task)) * len(SEVERITIES)))


@step("difficulty-checks", "embed corrupted images, and alter labels", place=20, seconds=seconds)
def check_difficulty(task: Task) -> None:
    """As `hardlook evaluate --difficulty-checks`."""
    if not there(task):
        difficulty_checks(
            task.audit, task.reporter, images=task.scale.images, kinds=kinds(task), device=task.device
        )  # fmt: skip
