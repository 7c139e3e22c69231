"""A model trained on a copy of the labels of which a share is altered: what experiments on wrong labels decide alike.

The audit's labels stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...device import pick_device, set_threads
from ...metrics.gradients.two_groups import comparable
from ...store import views
from ...store.audit import Audit
from ...training.config import TrainConfig
from ...training.held_out import fewer_images, split_held_out
from ...training.networks.models import MODEL_NAMES
from ...types import Bools, Ints, Run, RunSpec
from .plan import TrainingPlan, measured_speed, plan_training
from .random_labels import altered_share

ALTERED, KEPT = "altered", "kept"


@dataclass(frozen=True)
class AlteredCopy:
    """Images, their altered labels, and the model that suits them, decided before a step of training.

    rows: (m,) ids of the images. labels: (m,) what they are trained as. altered: (m,) bool, whose label is another.
    plan: of the model. inputs: what it follows from.
    """

    rows: Ints
    labels: Ints
    altered: Bools
    n_classes: int
    device: torch.device
    plan: TrainingPlan
    inputs: dict[str, str]


@dataclass(frozen=True)
class AlteredTraining:
    """What is trained, and on what. plan: its model and cost, as `config` makes them."""

    copy: AlteredCopy
    plan: TrainingPlan
    config: TrainConfig
    spec: RunSpec

    def seconds(self) -> float:
        """What the training takes at most on this machine now."""
        return self.plan.flops / self.speed()

    def speed(self) -> float:
        """Operations of this model in a second, on this machine now."""
        return measured_speed(self.plan, self.copy.n_classes, self.copy.device)


def alter_copy(
    audit: Audit, model: Run | None, per_cent: float, *, images: int, epochs: int, seed: int, device: str
) -> AlteredCopy:  # fmt: skip
    """Draw the images, alter a share of their labels, and choose the model.

    model: the model is like it, where it is one that is trained here; else it is chosen by the data. images: drawn at
    most from the images such a model is trained on, in each class the same share. Raises TooFewRows on too few images
    or classes, and where fewer than ten labels would be altered: before the training, not after it.
    """
    set_threads()
    hub, on = views.open_hub(audit, ()), pick_device(device)
    labels, class_names = views.labels(hub), views.classes(hub)
    split = split_held_out(labels, views.column(hub, "split"), seed)
    rows = np.flatnonzero(fewer_images(split, labels, images).train)
    like = model if model is not None and model.name in MODEL_NAMES else None
    plan = plan_training(
        len(rows), len(rows), views.typical_side(hub), len(class_names), on.type,
        model=like.name if like else None, image_size=like.parameters["image_size"] if like else None, epochs=epochs,
    )  # fmt: skip
    given = labels[rows]
    changed = altered_share(given, np.unique(given), per_cent, seed)
    comparable(changed != given)
    inputs = {"items": audit.items_fingerprint, **({"train": like.run_id} if like else {})}
    return AlteredCopy(rows, changed, changed != given, len(class_names), on, plan, inputs)
