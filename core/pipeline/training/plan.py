"""How much to train by default: in proportion to the data and the machine, and the same each time for both.

The choice goes by counted floating-point operations and nominal speeds, never by a stopwatch: an audit that is run
again must come to the same choice, or it would train again. The stopwatch is used to say how long it will take.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from ...training.networks.models import SMALL_IMAGE, build_model, forward_flops, precise_name

CPU_CORE_SPEED = 2.0e10  # floating-point operations a second of one core, in convolutions of small networks
GPU_SPEED = 2.0e13  # assumed: no GPU has been measured
BUDGET = 100.0  # seconds of training that a first look should cost on either
FEWEST_EPOCHS, MOST_EPOCHS = 12, 30
CHECKPOINTS = 8  # kept for VoG, whose cost grows with them: the first three, the last three, two between
TRAINING_COST = 3.0  # forward passes that one training step costs; the pass that reads the dynamics adds one

SMALL_LADDER = (("resnet20", SMALL_IMAGE), ("resnet14", SMALL_IMAGE), ("resnet8", SMALL_IMAGE))
LARGE_LADDER = (("resnet18", 128), ("resnet18", 96), ("resnet20", 64), ("resnet8", 64))
GPU_SMALL_LADDER = (("resnet18", SMALL_IMAGE), *SMALL_LADDER)
GPU_LARGE_LADDER = (("resnet50", 224), ("resnet18", 224), *LARGE_LADDER)
LADDERS = {
    (False, True): SMALL_LADDER, (False, False): LARGE_LADDER,
    (True, True): GPU_SMALL_LADDER, (True, False): GPU_LARGE_LADDER,
}  # fmt: skip
"""Networks by falling cost, with the largest image side each is given; by (on a GPU, small images)."""


GRADIENT_COST = 4.0
"""Forward passes of one checkpoint's share of VoG: both targets, and the predicted label's where it differs."""


@dataclass(frozen=True)
class TrainingPlan:
    """What to train: the network, the side its images get, the epochs, and the operations that will cost."""

    model: str
    image_size: int
    epochs: int
    flops: float


def plan_training(
    n_train: int, n_images: int, side: int, n_classes: int, device: str, *, model: str | None = None,
    image_size: int | None = None, epochs: int | None = None,
) -> TrainingPlan:  # fmt: skip
    """The largest network that trains for at least twelve epochs within the budget, else the smallest one.

    side: the images' typical shorter side. device: "cpu" or "cuda". What is given is kept, the rest follows from it.
    """
    speed = GPU_SPEED if device == "cuda" else CPU_CORE_SPEED * (os.cpu_count() or 1)
    ladder: tuple[tuple[str, int], ...] = LADDERS[device == "cuda", side <= SMALL_IMAGE]
    if model is not None:
        largest = max((limit for name, limit in ladder if name == model), default=ladder[-1][1])
        ladder = ((model, largest),)
    for name, limit in ladder:
        size = image_size or min(limit, max(side, 16))
        per_epoch = epoch_flops(name, n_train, n_images, n_classes, size)
        affordable = int(BUDGET * speed / per_epoch)
        if affordable >= FEWEST_EPOCHS:
            break
    chosen = epochs or min(max(affordable, FEWEST_EPOCHS), MOST_EPOCHS)
    return TrainingPlan(name, size, chosen, per_epoch * chosen)


@lru_cache(maxsize=64)
def epoch_flops(model: str, n_train: int, n_images: int, n_classes: int, image_size: int) -> float:
    """Operations of one epoch: a step on each training image, and a look at every image."""
    once = forward_flops(build_model(model, max(n_classes, 2), image_size), image_size)
    return once * (TRAINING_COST * n_train + n_images)


def look_flops(plan: TrainingPlan, n_images: int, n_classes: int) -> float:
    """Operations of one look at every image."""
    return forward_flops(build_model(plan.model, max(n_classes, 2), plan.image_size), plan.image_size) * n_images


def gradient_flops(plan: TrainingPlan, n_images: int, n_classes: int, checkpoints: int) -> float:
    """Operations of the variance of gradients over a plan's checkpoints."""
    once = forward_flops(build_model(plan.model, max(n_classes, 2), plan.image_size), plan.image_size)
    return once * GRADIENT_COST * n_images * checkpoints


def measured_speed(plan: TrainingPlan, n_classes: int, device: torch.device, batch: int = 16) -> float:
    """Floating-point operations a second this machine does now in steps of this network; costs about a second."""
    model = build_model(plan.model, max(n_classes, 2), plan.image_size).to(device)
    images = torch.zeros(batch, 3, plan.image_size, plan.image_size, device=device)
    work = TRAINING_COST * batch * forward_flops(model, plan.image_size)

    def step() -> None:
        model(images).sum().backward()

    return work / best_of(step, device)


def best_of(step: Callable[[], object], device: torch.device, times: int = 2) -> float:
    """Seconds of the fastest of a few calls, after one to warm up."""
    seconds = []
    for _ in range(times + 1):
        started = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - started)
    return float(np.min(seconds[1:]))


def describe(plan: TrainingPlan) -> str:
    """The network in words."""
    return f"{precise_name(plan.model, plan.image_size)} at {plan.image_size} pixels, {plan.epochs} epochs"
