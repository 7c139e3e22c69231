"""The hardest and the easiest images in words."""

from __future__ import annotations

from ...kinds.evaluate import WORDS
from ..evaluation.words import tell_in_words
from .steps import Task, step

SECONDS = 40.0
"""Of encoding some thousand words by a base model on two cores, and of a thousand permuted selections of each end."""


def seconds(task: Task) -> float:
    """Nothing where it was told before; a new score is told in as long as reading what is kept takes."""
    return 0.0 if any(run.name == WORDS for run in task.audit.runs("evaluate")) else SECONDS


@step("words", "say the hardest and the easiest images in words", place=80, seconds=seconds)
def words(task: Task) -> None:
    """By out-of-fold RMD, from the other images of their classes."""
    tell_in_words(task.audit, task.reporter, device=task.device)
