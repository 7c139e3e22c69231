"""Import a model: a network trained elsewhere becomes a run, checkpoint by checkpoint, as if it were one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...device import set_threads
from ...files.hashes import file_hash
from ...files.names import checked_name
from ...progress import Reporter, part_of
from ...store import views
from ...store.audit import Audit
from ...store.writer import RunWriter, Stopwatch
from ...training.batches import Batches
from ...training.checkpoints import checkpoint_name
from ...training.networks.imported import kept_networks
from ...training.networks.own_model import own_model
from ...training.pixels import Transform
from ...training.predict import predict
from ...training.readouts.logits import dynamics_from_logits
from ...types import UNLABELLED, Bools, Ints, RunSpec
from ..steps import Done, compute
from .import_predictions import warn_of_disorder
from .predictions import prediction_tables, rows_trained_on
from .train import training_pixels


def import_model(
    audit: Audit,
    reporter: Reporter,
    *,
    factory: str,
    checkpoints: str,
    image_size: int,
    mean: Sequence[float],
    sd: Sequence[float],
    transform: Transform = "stretch",
    classes: Sequence[str] = (),
    name: str | None = None,
    trained_on: str | None = None,
    device: str = "auto",
) -> Done:
    """Copy checkpoints into the audit, predict with each, and keep what they say as a network's run.

    factory: `package.module:function`, which builds the network. checkpoints: a pattern of files, taken in natural
    order. image_size, mean, sd, transform: what its input has to look like; see `to_square`. classes: names of its
    outputs in order, where they differ from the audit's; a checkpoint may name them itself. name: of the run; the
    function's by default. trained_on: see `rows_trained_on`. Raises BadInput with the reason on what does not fit.
    """
    set_threads()
    called = checked_name(name or factory.rpartition(":")[2], "a model")
    hub = views.open_hub(audit)
    labels, known = views.labels(hub), views.classes(hub)
    model = own_model(
        known, factory=factory, checkpoints=checkpoints, image_size=image_size, mean=mean, sd=sd, transform=transform,
        classes=classes, device=device,
    )  # fmt: skip
    learned = rows_trained_on(views.column(hub, "split"), trained_on, reporter)
    parameters = {**model.said, "trained_on": trained_on or "train", "device": model.device}
    inputs = {"items": audit.items_fingerprint, "labels": "given"}
    spec = RunSpec("train", called, inputs, parameters, weights=file_hash(*model.paths))

    def work(writer: RunWriter) -> None:
        networks = kept_networks(model.networks(), audit.checkpoints(writer.run_id))
        first = next(networks)  # refused, if it is, before any image is decoded
        pixels = training_pixels(audit, image_size, reporter, transform)
        batches = Batches(pixels, model.normalisation, torch.device(model.device))
        ids = np.arange(len(labels), dtype=np.int32)
        watch, finished = Stopwatch(), writer.finished()
        with reporter.bar("predict") as advance:
            for network in (first, *networks):
                unit, done = f"checkpoint {network.epoch}", (network.epoch - 1) * len(labels)
                if unit in finished:
                    continue
                logits = predict(network.model, batches, advance=part_of(advance, done, len(model.paths) * len(labels)))
                dynamics = dynamics_from_logits(logits, labels)
                seconds = watch.lap()
                tables: dict[str, Any] = {
                    "dynamics": {"image_id": ids, "epoch": np.full(len(ids), network.epoch, np.int32), **dynamics},
                    "epoch": epoch_row(network.epoch, dynamics, labels, learned, seconds),
                }
                if network.epoch == len(model.paths):
                    tables |= prediction_tables(ids, logits, labels, learned)
                    warn_of_disorder(logits.argmax(axis=1), labels, len(known), reporter)
                writer.commit(unit, tables, seconds=seconds)

    return compute(audit, spec, work, reporter, k=len(known))


def epoch_row(epoch: int, dynamics: dict[str, Any], labels: Ints, learned: Bools, seconds: float) -> dict[str, Any]:
    """One row of the `epoch` table. Loss and accuracy are those of evaluation; the learning rate is not known."""
    labelled = labels != UNLABELLED
    seen, unseen = labelled & learned, labelled & ~learned

    def mean(name: str, rows: Bools) -> float:
        return float(dynamics[name][rows].mean()) if rows.any() else float("nan")

    return {
        "epoch": [epoch], "learning_rate": [float("nan")], "train_loss": [mean("loss", seen)],
        "train_accuracy": [mean("correct", seen)], "held_out_accuracy": [mean("correct", unseen)],
        "seconds": [seconds], "checkpoint": [checkpoint_name(epoch)],
    }  # fmt: skip
