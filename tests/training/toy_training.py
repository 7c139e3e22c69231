"""A training run small enough to be killed many times: 60 images of 8 pixels in three classes.

As a script it trains into the folder given, writes each epoch's dynamics as a file, and at the step given as second
argument kills its own process without warning.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch

from core.training.checkpoints import TrainedNetwork
from core.training.config import TrainConfig
from core.training.loop import EpochResult, train
from core.types import Bools, Ints

EPOCHS = 4
OF_THE_LOOP = (
    "s", "advance", "resume", "kept_from", "team", "committed", "warn", "until", "start", "looked_at", "held_out",
)  # fmt: skip


def toy() -> tuple[Any, Ints, Bools]:
    """Pixels, labels and training rows; a class is a colour, with noise."""
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 3
    pixels = generator.integers(0, 120, (60, 8, 8, 3))
    pixels[np.arange(60), :, :, labels] += 60
    return pixels.astype(np.uint8), labels, np.arange(60) < 45


def run(folder: Path, *, commit: Callable[[EpochResult], None], **changes: Any) -> TrainedNetwork:
    """Train the toy on one thread."""
    torch.set_num_threads(1)
    pixels, labels, rows = toy()
    rows = rows & ~np.isin(labels, changes.get("kept_from", ()))
    arguments = {name: changes.pop(name) for name in OF_THE_LOOP if name in changes}
    settings = {"model": "resnet8", "epochs": EPOCHS, "image_size": 8, "batch_size": 16, "seed": 5, **changes}
    return train(
        pixels, labels, rows, 3, TrainConfig(**settings), folder, on_epoch=commit, device="cpu", **arguments
    )  # fmt: skip


def commit_to(folder: Path) -> Callable[[EpochResult], None]:
    """A caller that keeps each epoch's rows once, as the pipeline does."""

    def commit(result: EpochResult) -> None:
        path = folder / f"rows-{result.epoch}.npz"
        if not path.exists():
            with open(path.with_suffix(".part"), "wb") as file:
                np.savez(file, np.array([result.train_loss, result.train_accuracy]), *(result.dynamics or {}).values())
            os.replace(path.with_suffix(".part"), path)

    return commit


def main() -> None:
    """Train until the step to die at."""
    folder, fatal = Path(sys.argv[1]), int(sys.argv[2])

    def advance(step: int, total: int) -> None:
        if step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    run(folder, commit=commit_to(folder), advance=advance)


if __name__ == "__main__":
    main()
