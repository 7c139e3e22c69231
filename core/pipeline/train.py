"""Training: a network on the given labels, with checkpoints and what it saw of each image after each epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..device import pick_device, set_threads
from ..images import PixelSource
from ..progress import Reporter, duration
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter, run_id
from ..training.batches import Batches
from ..training.config import TrainConfig
from ..training.held_out import TrainingSplit, absent_classes, split_held_out
from ..training.loop import EpochResult
from ..training.loop import train as train_network
from ..training.pixels import Pixels, Transform, decode_pixels, pixels_path
from ..training.predict import predict
from ..types import Ints, RunSpec
from .plan import CHECKPOINTS, TrainingPlan, describe, measured_speed, plan_training
from .predictions import prediction_tables
from .steps import Done, compute


def train(
    audit: Audit,
    reporter: Reporter,
    *,
    model: str | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    image_size: int | None = None,
    seed: int = 0,
    device: str = "auto",
) -> Done:
    """Train a network on the audit's training split; what is None is chosen in proportion to data and machine."""
    prepared = prepare(
        audit, reporter, model=model, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate,
        image_size=image_size, seed=seed, device=device,
    )  # fmt: skip
    if not audit.run_path(run_id(prepared.spec)).exists():
        seconds = prepared.plan.flops / measured_speed(prepared.plan, len(prepared.class_names), prepared.device)
        reporter.say(f"train {prepared.described}: about {duration(seconds)} ({prepared.split.how})")
    return train_prepared(audit, prepared, reporter)


@dataclass(frozen=True)
class Prepared:
    """A training run that has been decided on, before a step of it."""

    split: TrainingSplit
    plan: TrainingPlan
    config: TrainConfig
    spec: RunSpec
    device: torch.device
    labels: Ints
    class_names: list[str]

    @property
    def described(self) -> str:
        """The network and its images in words."""
        return f"{describe(self.plan)} on {self.split.train.sum():,} images"


def prepare(
    audit: Audit,
    reporter: Reporter,
    *,
    model: str | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    image_size: int | None = None,
    seed: int = 0,
    device: str = "auto",
) -> Prepared:
    """Decide what is trained, on which images. Warns of classes without a training image."""
    set_threads()
    hub = views.open_hub(audit)
    labels, class_names = views.labels(hub), views.classes(hub)
    split = split_held_out(labels, views.column(hub, "split"), seed)
    on = pick_device(device)
    plan = plan_training(
        int(split.train.sum()), len(labels), views.typical_side(hub), len(class_names), on.type,
        model=model, image_size=image_size, epochs=epochs,
    )  # fmt: skip
    config = TrainConfig(
        plan.model, plan.epochs, plan.image_size, batch_size=batch_size or default_batch(split), seed=seed,
        learning_rate=learning_rate or DEFAULT_LEARNING_RATE, checkpoints=CHECKPOINTS,
    )  # fmt: skip
    for label in absent_classes(labels, split.train, len(class_names)):
        reporter.warn(f"class {class_names[label]!r} has no training image: the network can never predict it")
    parameters = {**config.parameters(), "held_out": split.how, "device": on.type}
    spec = RunSpec("train", plan.model, {"items": audit.items_fingerprint, "labels": "given"}, parameters, seed)
    return Prepared(split, plan, config, spec, on, labels, class_names)


def train_prepared(audit: Audit, prepared: Prepared, reporter: Reporter) -> Done:
    """Compute a prepared training run."""
    split, config, labels, class_names = prepared.split, prepared.config, prepared.labels, prepared.class_names

    def work(writer: RunWriter) -> None:
        pixels = training_pixels(audit, config.image_size, reporter)
        folder = audit.checkpoints(writer.run_id)
        ids = np.arange(len(labels), dtype=np.int32)

        def keep(result: EpochResult) -> None:
            unit = f"epoch {result.epoch}"
            if unit in writer.finished():
                return  # committed just before the process was killed; its weights come out the same again
            row = {name: [getattr(result, name)] for name in EPOCH_COLUMNS}
            epoch = np.full(len(ids), result.epoch, np.int32)
            dynamics: dict[str, Any] = {"image_id": ids, "epoch": epoch, **result.dynamics}
            writer.commit(unit, {"epoch": row, "dynamics": dynamics}, seconds=result.seconds)

        with reporter.bar("train", "steps") as advance:
            network = train_network(
                pixels, labels, split.train, len(class_names), config, folder, on_epoch=keep, advance=advance,
                device=str(prepared.device),
            )  # fmt: skip
        logits = predict(network.model, Batches(pixels, network.normalisation, prepared.device))
        writer.commit("prediction", prediction_tables(ids, logits, labels, split.train))

    return compute(audit, prepared.spec, work, reporter, k=len(class_names))


EPOCH_COLUMNS = ("epoch", "learning_rate", "train_loss", "train_accuracy", "held_out_accuracy", "seconds", "checkpoint")
DEFAULT_LEARNING_RATE = 0.1  # both papers'
SMALL_DATA = 1000  # training images below which steps of 128 would be too few to learn from


def default_batch(split: TrainingSplit) -> int:
    """Images in a step: 128 as in the papers, 32 where the data is small."""
    return 128 if split.train.sum() >= SMALL_DATA * 10 else 64 if split.train.sum() >= SMALL_DATA else 32


def training_pixels(audit: Audit, size: int, reporter: Reporter, transform: Transform = "stretch") -> Pixels:
    """(n, size, size, 3) uint8 of the current images, decoded once and kept in the audit's cache."""
    path = pixels_path(audit.cache, audit.items_fingerprint, size, transform)
    rows = views.images(views.open_hub(audit), "path, row, content_hash")
    source = PixelSource(rows["path"].to_pylist(), rows["row"].to_pylist(), rows["content_hash"].to_pylist())
    if path.exists():
        return decode_pixels(source, rows.num_rows, size, path, transform=transform)
    with reporter.bar("decode") as advance:
        return decode_pixels(source, rows.num_rows, size, path, transform=transform, advance=advance)
