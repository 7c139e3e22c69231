"""A model learns one half of the images and goes on with the other half alone, then the other way round.

Maini et al. 2022, section 3. What it makes of each image of the half it learned, after each epoch of both trainings, is
kept epoch by epoch while the run is computed: a killed one goes on. The models are not kept. As in the authors' code,
the second training has a new optimiser.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from ...errors import TooFewRows
from ...progress import Advance, Reporter, part_of
from ...store import views
from ...store.audit import Audit
from ...store.writer import RunWriter
from ...training.checkpoints import TrainedNetwork
from ...training.config import TrainConfig
from ...training.loop import EpochResult
from ...training.pixels import Pixels
from ...types import UNLABELLED, Bools, Ints, SecondSplit
from .plan import TrainingPlan, describe, epoch_flops, measured_speed, plan_training
from .throwaway import NearZero, Throwaway, memorising_config, train_throwaway
from .train import training_pixels

AUTO = "auto"
HALVES = ("first half", "second half")
GOING_ON = 0.1
"""Learning rate of the second training, the authors'. At a tenth of it wrong labels of the bundled images were hardly
told: next to nothing was forgotten."""
FEWEST_CLASSES = 2


@dataclass(frozen=True)
class SecondSplitTraining:
    """What is trained, decided before a step of it.

    labels: (n,) int, UNLABELLED for an image that takes no part. half: (n,) int, 0 or 1; any for those. first, second:
    of both trainings. table: the scratch table of the run's kind in which each epoch is kept.
    """

    labels: Ints
    half: Ints
    n_classes: int
    first: TrainConfig
    second: TrainConfig
    device: torch.device
    table: str

    @property
    def taking_part(self) -> Bools:
        """(n,) bool."""
        return np.asarray(self.labels != UNLABELLED)

    @property
    def plan(self) -> TrainingPlan:
        """All of it as one training, at most."""
        m, config = int(self.taking_part.sum()), self.first
        # Each half once on either side: as many steps and looks as epochs over all of them.
        epochs = config.epochs + self.second.epochs
        flops = epochs * epoch_flops(config.model, m, m, self.n_classes, config.image_size)
        return TrainingPlan(config.model, config.image_size, epochs, flops)

    @property
    def described(self) -> str:
        """In words, for what is said beforehand."""
        return (
            f"{describe(self.plan)} at most, on each half of {self.taking_part.sum():,} images in turn: "
            f"up to {self.first.epochs} to learn it, {self.second.epochs} on the other half"
        )

    def seconds(self) -> float:
        """What it takes at most on this machine now."""
        plan = self.plan
        return plan.flops / measured_speed(plan, self.n_classes, self.device, batch=self.first.batch_size)

    def parameters(self) -> dict[str, Any]:
        """For the run's record."""
        return {"learn": self.first.parameters(), "go_on": self.second.parameters()}


def prepare_second_split(
    audit: Audit, labels: Ints, device: torch.device, table: str, *, epochs: int, second_epochs: int, model: str = AUTO,
    seed: int = 0,
) -> SecondSplitTraining:  # fmt: skip
    """Decide on the model and the halves. labels: (n,) of all images, UNLABELLED for those that take no part.

    Raises TooFewRows where a half would have one class, and BadInput on a model that there is not.
    """
    hub = views.open_hub(audit, ())
    half = halves(labels, seed)
    for side, name in enumerate(HALVES):
        classes = len(np.unique(labels[(labels != UNLABELLED) & (half == side)]))
        if classes < FEWEST_CLASSES:
            raise TooFewRows(
                f"A model is trained on each half of the labelled training images, and the {name} has "
                f"{'one class' if classes else 'none'} of the two that it needs.",
                "Label more images.",
            )
    m, n_classes = int((labels != UNLABELLED).sum()), len(views.classes(hub))
    chosen = plan_training(
        m, m, views.typical_side(hub), n_classes, device.type, model=None if model == AUTO else model,
        epochs=epochs + second_epochs,
    )  # fmt: skip
    first = memorising_config(chosen.model, chosen.image_size, epochs, seed, checkpoints=1)
    second = replace(first, epochs=second_epochs, learning_rate=GOING_ON)
    return SecondSplitTraining(labels, half, n_classes, first, second, device, table)


def halves(labels: Ints, seed: int) -> Ints:
    """(n,) 0 or 1: of each class every other image in a random order, so that of any two of it both halves have one.

    labels: (n,) int, UNLABELLED among them as a class of its own.
    """
    generator = np.random.default_rng([seed, 0x55F7])
    order = np.lexsort((generator.random(len(labels)), labels))
    half = np.empty(len(labels), np.int64)
    half[order] = np.arange(len(labels)) % 2
    return half


def train_both_ways(
    audit: Audit, asked: SecondSplitTraining, writer: RunWriter, reporter: Reporter
) -> tuple[SecondSplit, list[NearZero]]:
    """Train, and read what was kept. Returns that, and how near zero error each half was learned to."""
    pixels = training_pixels(audit, asked.first.image_size, reporter)
    with reporter.bar("train", "steps") as advance:
        errors = [_one_way(audit, asked, side, pixels, writer, reporter, advance) for side in (0, 1)]
    for error, name in zip(errors, HALVES, strict=True):
        error.tell(f"{name} learned", reporter)
    return _both(asked, writer), errors


def _one_way(
    audit: Audit, asked: SecondSplitTraining, side: int, pixels: Pixels, writer: RunWriter, reporter: Reporter,
    advance: Advance,
) -> NearZero:  # fmt: skip
    """Learn one half, then go on with the other, looking at the first after every epoch of both."""
    ours, theirs = (asked.taking_part & (asked.half == one) for one in (side, 1 - side))
    rows = np.flatnonzero(ours)
    learning, forgetting = _units(side)
    error = NearZero(_errors(asked, writer, learning))

    def training(unit: str, config: TrainConfig, on: Bools, start: TrainedNetwork | None = None) -> Throwaway:
        folder = audit.checkpoints(writer.run_id) / unit.replace(" ", "-")
        return Throwaway(unit, config, asked.n_classes, asked.device, folder, asked.labels, on, rows, start)

    def learned(result: EpochResult) -> dict[str, Any]:
        error.note(result)
        return {asked.table: _rows(learning, result, rows)}

    def forgotten(result: EpochResult) -> dict[str, Any]:
        return {asked.table: _rows(forgetting, result, rows)}

    first, second = _parts(asked, side, advance)
    network = train_throwaway(
        training(learning, asked.first, ours), pixels, writer, reporter, learned, advance=first, until=error.reached
    )
    train_throwaway(
        training(forgetting, asked.second, theirs, network), pixels, writer, reporter, forgotten, advance=second
    )
    return error


def _units(side: int) -> tuple[str, str]:
    """What the epochs of both trainings are called by."""
    return f"{HALVES[side]} learned", f"{HALVES[side]} forgotten"


def _parts(asked: SecondSplitTraining, side: int, advance: Advance) -> tuple[Advance, Advance]:
    """The progress of both trainings as that of all four."""
    steps = -(-int(asked.taking_part.sum()) // 2 // asked.first.batch_size) + 1
    ways = [steps * config.epochs for config in (asked.first, asked.second)]
    before = side * sum(ways)
    return part_of(advance, before, 2 * sum(ways)), part_of(advance, before + ways[0], 2 * sum(ways))


def _rows(unit: str, result: EpochResult, rows: Ints) -> dict[str, Any]:
    """Rows of the scratch table: what one epoch made of the half that was learned."""
    assert result.dynamics is not None
    m = len(rows)
    return {
        "training": pa.DictionaryArray.from_arrays(np.zeros(m, np.int8), [unit]),
        "epoch": np.full(m, result.epoch, np.int32),
        "image_id": rows.astype(np.int32),
        "correct": result.dynamics["correct"].astype(bool),
    }


def _errors(asked: SecondSplitTraining, writer: RunWriter, unit: str) -> dict[int, float]:
    """Epoch -> share wrong after it, of the epochs of a training that are there."""
    if not any(one.startswith(unit) for one in writer.finished()):
        return {}
    query = f"SELECT epoch, avg((NOT correct)::INTEGER) FROM {asked.table} WHERE training = ? GROUP BY epoch"
    epochs, errors = writer.read(query, [unit]).to_pydict().values()
    return dict(zip(epochs, errors, strict=True))


def _both(asked: SecondSplitTraining, writer: RunWriter) -> SecondSplit:
    """What all four trainings made of the images. A half that was learned early stays as it was at the end."""
    n = len(asked.labels)
    learning, forgetting = (np.zeros((n, config.epochs), bool) for config in (asked.first, asked.second))
    query = f"SELECT correct FROM {asked.table} WHERE training = ? ORDER BY epoch, image_id"
    for side in (0, 1):
        rows = np.flatnonzero(asked.taking_part & (asked.half == side))
        for unit, matrix in zip(_units(side), (learning, forgetting), strict=True):
            seen = writer.read(query, [unit])["correct"].to_numpy().reshape(-1, len(rows)).T
            matrix[rows, : seen.shape[1]] = seen
            matrix[rows, seen.shape[1] :] = seen[:, -1:]
    return SecondSplit(learning, forgetting)
