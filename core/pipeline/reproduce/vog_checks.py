"""The experiments on the variance of gradients: a toy, stability over seeds and checkpoints, memorised labels."""

from __future__ import annotations

from ...errors import MissingRun, command
from ...progress import Quiet
from ...store.writer import run_id
from ..evaluation.vog_checks.memorisation import EPOCHS, IMAGES, Memorising, memorise, prepare_memorisation
from ..evaluation.vog_checks.same_training import trained_alike
from ..evaluation.vog_checks.stability import IMAGES as COMPARED
from ..evaluation.vog_checks.stability import Comparing, compare_seeds, prepare_stability
from ..evaluation.vog_checks.toy import NAME as TOY
from ..evaluation.vog_checks.toy import toy_experiment
from ..training.plan import gradient_flops, measured_speed
from ..training.train import prepare
from .scores import own, refuse_untrainable
from .seeds import request, trained
from .steps import Task, step

TOY_SECONDS = 10.0
FEW_COMPARED, FEW_IMAGES, FEW_EPOCHS = 200, 500, 40
"""What a first look has: images whose gradients are followed, images and epochs of memorisation."""


def toy_seconds(task: Task) -> float:
    """Of twenty small models."""
    return 0.0 if any(run.name == TOY for run in task.audit.runs("evaluate")) else TOY_SECONDS


@step("vog-toy", "follow the gradients of a toy", place=31, seconds=toy_seconds)
def toy(task: Task) -> None:
    """As `hardlook evaluate --vog-checks toy`."""
    toy_experiment(task.audit, task.reporter)


def comparing(task: Task) -> Comparing | None:
    """The models that differ by their seed, those of this reproduction first; None where they are not trained yet."""
    models = trained(task)
    alike = trained_alike(task.audit, models[-1] if models else None)
    images = FEW_COMPARED if task.scale.few else COMPARED
    return prepare_stability(task.audit, alike, images=images, device=task.device) if alike else None


def stability_seconds(task: Task) -> float:
    """Of following gradients over all checkpoints of every seed's model."""
    refuse_untrainable(task)
    found = comparing(task)
    if found is not None:
        return 0.0 if task.audit.run_path(run_id(found.spec)).exists() else found.seconds()
    prepared = prepare(task.audit, Quiet(), request(task))
    kept, n_classes = len(prepared.config.kept_epochs()), len(prepared.class_names)
    flops = gradient_flops(prepared.plan, FEW_COMPARED if task.scale.few else COMPARED, n_classes, kept)
    return task.scale.seeds * flops / measured_speed(prepared.plan, n_classes, prepared.device)


@step("vog-stability", "compare the gradients of several seeds and of fewer checkpoints", place=32,
      seconds=stability_seconds)  # fmt: skip
def stability(task: Task) -> None:
    """As `hardlook evaluate --vog-checks stability`. Raises MissingRun without two models that differ by their seed."""
    found = comparing(task)
    if found is None:
        raise MissingRun(
            "No two models differ by their seed alone.", "Run", command(task.audit.name, "train", "--seeds", "3")
        )
    compare_seeds(task.audit, found, task.reporter)


def memorising(task: Task) -> Memorising:
    """A model like the audit's own model, on images of its training split."""
    refuse_untrainable(task)
    models = own(task, "train")
    images, epochs = (FEW_IMAGES, FEW_EPOCHS) if task.scale.few else (IMAGES, EPOCHS)
    return prepare_memorisation(
        task.audit, models[-1] if models else None, images=images, epochs=epochs, device=task.device
    )


def memorisation_seconds(task: Task) -> float:
    """Of training until every label is memorised, at most, and of following its gradients."""
    asked = memorising(task)
    return 0.0 if task.audit.run_path(run_id(asked.spec)).exists() else asked.seconds()


@step("vog-memorisation", "train a model until it has memorised altered labels, and follow its gradients", place=33,
      seconds=memorisation_seconds)  # fmt: skip
def memorisation(task: Task) -> None:
    """As `hardlook evaluate --vog-checks memorisation`."""
    memorise(task.audit, memorising(task), task.reporter)
