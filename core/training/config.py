"""What a training run is told, and what follows from it: learning rates, the epochs whose weights are kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from ..errors import BadInput
from ..kinds.train import EVERY_EPOCH, Dynamics
from .networks.models import precise_name
from .objective import make_objective

Schedule = Literal["cosine", "steps"]
KEPT_AT_ENDS = 3  # VoG's stages: early is the first three checkpoints, late the last three


@dataclass(frozen=True)
class TrainConfig:
    """Everything the weights depend on, besides the data and the device. SGD with momentum, as in both papers.

    learning_rate: the highest. schedule: "cosine" to 0, or "steps", a tenth at 3/7 and again at 5/7 of the epochs
    (the papers' 150 and 250 of 350). crop_pad: pixels of random shift, None for an eighth of the size, 0 for none.
    flip: random left-right; turn it off where left and right mean something (digits, letters).
    checkpoints: how many epochs' weights are kept. checkpoints_every: keep those of every so many epochs, and of the
    last, however many that makes. loss_parameters: see `losses`. dynamics: after which epochs every image is looked at;
    on the training images alone that costs about a third of the training.
    """

    model: str
    epochs: int
    image_size: int
    batch_size: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    schedule: Schedule = "cosine"
    flip: bool = True
    crop_pad: int | None = None
    checkpoints: int = 10
    loss: str = "cross_entropy"
    loss_parameters: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    dynamics: Dynamics = EVERY_EPOCH
    checkpoints_every: int | None = None

    def __post_init__(self) -> None:
        """Name the architecture precisely, and refuse values no run can have. Raises BadInput."""
        object.__setattr__(self, "model", precise_name(self.model, self.image_size))
        if self.crop_pad is None:
            object.__setattr__(self, "crop_pad", self.image_size // 8)
        for name, least in {"epochs": 1, "batch_size": 2, "crop_pad": 0, "checkpoints": 1, "seed": 0}.items():
            if getattr(self, name) < least:
                raise BadInput(f"{name} is {getattr(self, name)}.", f"Give {least} or more.")
        if self.checkpoints_every is not None and not 1 <= self.checkpoints_every <= self.epochs:
            raise BadInput(
                f"checkpoints_every is {self.checkpoints_every}, of {self.epochs} epochs.",
                f"Give 1 to {self.epochs}, or train for more epochs.",
            )
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise BadInput(f"learning_rate is {self.learning_rate}.", "Give a number above 0, such as 0.1.")
        for name, choices in {"schedule": get_args(Schedule), "dynamics": get_args(Dynamics)}.items():
            if getattr(self, name) not in choices:
                raise BadInput(f"{name} is {getattr(self, name)!r}.", f"Give {' or '.join(choices)}.")
        make_objective(self.loss, self.loss_parameters)

    @property
    def pad(self) -> int:
        """Pixels of random shift to each side."""
        return self.crop_pad or 0

    def parameters(self) -> dict[str, Any]:
        """As JSON values, for the run's record. What nobody asked for is left out, which keeps older runs' ids."""
        found = {**asdict(self), "loss_parameters": dict(self.loss_parameters)}
        if self.dynamics == EVERY_EPOCH:
            del found["dynamics"]
        if self.checkpoints_every is None:
            del found["checkpoints_every"]
        return found

    def kept_epochs(self) -> tuple[int, ...]:
        """The epochs (1..epochs) whose weights are kept, ascending; the last is always one of them."""
        if self.checkpoints_every is None:
            return checkpoint_epochs(self.epochs, self.checkpoints)
        return tuple(sorted({*range(self.checkpoints_every, self.epochs + 1, self.checkpoints_every), self.epochs}))

    def looks(self, epoch: int) -> bool:
        """Whether every image is looked at after an epoch."""
        return self.dynamics == EVERY_EPOCH or epoch == self.epochs


def learning_rate(config: TrainConfig, epoch: int) -> float:
    """The learning rate of an epoch, 1..epochs."""
    done = (epoch - 1) / config.epochs
    if config.schedule == "steps":
        return config.learning_rate * 0.1 ** ((done >= 3 / 7) + (done >= 5 / 7))
    return config.learning_rate * (1 + math.cos(math.pi * done)) / 2


def checkpoint_epochs(epochs: int, at_most: int = 10) -> tuple[int, ...]:
    """The epochs (1..epochs) whose weights are kept: the first three, the last three, and evenly between.

    Fewer than six: the first and last in turn, so that the last epoch is always one of them.
    """
    if epochs <= at_most:
        return tuple(range(1, epochs + 1))
    if at_most == 1:
        return (epochs,)
    head = min(KEPT_AT_ENDS, at_most // 2)
    tail = min(KEPT_AT_ENDS, at_most - head)
    between = np.linspace(head, epochs - tail + 1, at_most - head - tail + 2)[1:-1].round().astype(int)
    return tuple(sorted({*range(1, head + 1), *between.tolist(), *range(epochs - tail + 1, epochs + 1)}))
