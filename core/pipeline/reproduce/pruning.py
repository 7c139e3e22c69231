"""Models trained on the hardest images and on as many at random: what leaving out easy images costs."""

from __future__ import annotations

from ...experiments.pruning import RANDOM
from ...kinds.proof import PRUNING
from ...kinds.train import LAST_EPOCH
from ..proof.prune import PruningAsked, prove_pruning
from ..training.request import TrainRequest
from .costs import training_seconds
from .grid import SMALL, pixels
from .scores import refuse_untrainable
from .steps import Task, step

QUICK_KEEP = (70.0,)
QUICK_EPOCHS = 4
"""With --quick: of all images; the least share at which the claim is decided, where most is left out."""


def asked(task: Task) -> PruningAsked:
    """What is trained; the command's own defaults in full."""
    if task.scale.few:
        return PruningAsked(keep=QUICK_KEEP, which=("hardest", RANDOM), seeds=task.scale.seeds)
    return PruningAsked(seeds=task.scale.seeds)


def request(task: Task) -> TrainRequest:
    """The small model of the grid."""
    epochs = QUICK_EPOCHS if task.scale.few else task.scale.epochs
    return TrainRequest(
        SMALL, epochs, image_size=pixels(task), device=task.device, checkpoints=1, dynamics=LAST_EPOCH
    )  # fmt: skip


def seconds(task: Task) -> float:
    """Of the models that are left: with equal steps each of them costs what the one of all images does."""
    refuse_untrainable(task)
    wanted = asked(task)
    models = (1 + len(wanted.ways) * len(wanted.keep)) * wanted.seeds
    there = sum(run.grid == PRUNING and run.name == SMALL for run in task.audit.runs("train"))
    return training_seconds(task, request(task), max(models - there, 0))


@step("pruning", "train on shares of the images, the hardest and any at random", place=45, seconds=seconds)
def compare_shares(task: Task) -> None:
    """As `hardlook prove --prune`."""
    refuse_untrainable(task)
    prove_pruning(task.audit, task.reporter, request(task), asked(task))
