"""A model that is trained for what it tells of its labels on the way, and is not kept; a killed training goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...progress import Advance, Reporter
from ...store.metrics import MEMORISED
from ...store.writer import RunWriter
from ...training.checkpoints import TrainedNetwork
from ...training.config import TrainConfig
from ...training.loop import EpochResult
from ...training.loop import train as train_network
from ...training.pixels import Pixels
from ...types import Bools, Ints
from ...wording import percent

LEARNING_RATE, BATCH = 0.05, 64


def memorising_config(model: str, image_size: int, epochs: int, seed: int, **options: Any) -> TrainConfig:
    """To memorise labels: no weight decay and no augmentation, which are there to keep a model from it."""
    return TrainConfig(
        model, epochs, image_size, batch_size=BATCH, learning_rate=LEARNING_RATE, weight_decay=0.0, flip=False,
        crop_pad=0, seed=seed, **options,
    )  # fmt: skip


@dataclass(frozen=True)
class Throwaway:
    """One training as units of a run. unit: what its epochs are called by, such as "epoch", without a number.

    folder: of its states. labels: (n,) int. train_rows: (n,) bool. looked_at, start: see `train`.
    """

    unit: str
    config: TrainConfig
    n_classes: int
    device: torch.device
    folder: Path
    labels: Ints
    train_rows: Bools
    looked_at: Ints | None = None
    start: TrainedNetwork | None = None

    def epochs_of(self, units: Collection[str]) -> set[int]:
        """Those of its epochs that are among a run's finished units."""
        mine = (one.rpartition(" ") for one in units)
        return {int(epoch) for unit, _, epoch in mine if unit == self.unit}


@dataclass
class NearZero:
    """Whether a training has come near zero error. errors: epoch -> share wrong after it. enough: epochs there are
    anyway."""

    errors: dict[int, float] = field(default_factory=dict)
    enough: int = 1

    def note(self, result: EpochResult) -> int:
        """Take an epoch in, in which the training images are looked at. Returns how many of them were wrong."""
        assert result.dynamics is not None
        right = result.dynamics["correct"].astype(bool)
        wrong = int(np.count_nonzero(~right))
        self.errors[result.epoch] = wrong / len(right)
        return wrong

    def reached(self, epoch: int) -> bool:
        """Whether training may end after an epoch."""
        return epoch >= self.enough and self.errors.get(epoch, 1.0) <= MEMORISED

    @property
    def last(self) -> int:
        """The last epoch."""
        return max(self.errors)

    @property
    def error(self) -> float:
        """The share wrong after it."""
        return self.errors[self.last]

    def tell(self, what: str, reporter: Reporter) -> None:
        """Say what came of it; that near zero was not reached as something that should not be missed."""
        how = f"{what}: after {self.last} epochs {percent(self.error)} of the training images are wrong, counted"
        if self.error <= MEMORISED:
            reporter.say(how)
        else:
            reporter.warn(f"{how}: near zero was not reached")


def train_throwaway(
    asked: Throwaway, pixels: Pixels, writer: RunWriter, reporter: Reporter,
    tables: Callable[[EpochResult], Mapping[str, Any]], *, advance: Advance, until: Callable[[int], bool] | None = None,
) -> TrainedNetwork:  # fmt: skip
    """Train, committing what `tables` makes of each epoch. What is there is not computed again: a training that was
    finished before gives its network at once."""

    def keep(result: EpochResult) -> None:
        writer.commit(f"{asked.unit} {result.epoch}", tables(result), seconds=result.seconds)

    return train_network(
        pixels, asked.labels, asked.train_rows, asked.n_classes, asked.config, asked.folder, on_epoch=keep,
        advance=advance, device=str(asked.device), committed=asked.epochs_of(writer.finished()), warn=reporter.warn,
        until=until, looked_at=asked.looked_at, start=asked.start,
    )  # fmt: skip
