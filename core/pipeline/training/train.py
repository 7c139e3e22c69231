"""Training: a network on the given labels, with checkpoints and what it saw of each image after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ...device import pick_device, set_threads
from ...errors import BadInput
from ...images.pixels import PixelSource
from ...kinds.train import LAST_EPOCH
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.writer import RunWriter, run_id
from ...training.batches import Batches
from ...training.config import TrainConfig
from ...training.held_out import TrainingSplit, absent_classes, fewer_images, split_held_out
from ...training.loop import EpochResult
from ...training.loop import train as train_network
from ...training.pixels import Pixels, Transform, decode_pixels, kept_pixels, pixels_path
from ...training.predict import predict
from ...training.states import forget_states
from ...training.team import Team, assembled
from ...types import UNLABELLED, Ints, RunSpec
from ...wording import duration
from ..steps import Done, compute, finished_run
from .difficulty import labels_known
from .labels import labels_version
from .plan import TrainingPlan, describe, look_flops, measured_speed, plan_training
from .predictions import prediction_tables
from .pruning import prune, warn_of_unknown
from .request import SHORT_NAMES, TrainRequest
from .weights import Weighting, weigh

MANY = 5
"""Classes that are warned of one by one."""


def train(audit: Audit, reporter: Reporter, request: TrainRequest) -> Done:
    """Train one network on the audit's training split."""
    prepared = prepare(audit, reporter, request)
    if request.prune and request.prune.which != "random":
        warn_of_unknown(audit, request.prune.score, reporter)
    if not audit.run_path(run_id(prepared.spec)).exists():
        seconds = prepared.plan.flops / measured_speed(prepared.plan, len(prepared.class_names), prepared.device)
        reporter.say(f"train {prepared.described}: about {duration(seconds)} ({prepared.split.how})")
    return train_prepared(audit, prepared, reporter)


@dataclass(frozen=True)
class Prepared:
    """A training run that has been decided on, before a step of it.

    labels: (n,) int, of the version that is trained on. kept_from: labels of the classes the network is not given.
    """

    split: TrainingSplit
    plan: TrainingPlan
    config: TrainConfig
    spec: RunSpec
    device: torch.device
    labels: Ints
    class_names: list[str]
    kept_from: tuple[int, ...] = ()
    weighting: Weighting | None = None

    @property
    def described(self) -> str:
        """The network and its images in words."""
        return f"{describe(self.plan)} on {self.split.train.sum():,} images"

    @property
    def flops(self) -> float:
        """Operations of the whole run: of every step, and of every look at all images, of which there may be one."""
        looks = 1 if self.config.dynamics == LAST_EPOCH else self.plan.epochs
        return self.plan.flops - look_flops(self.plan, len(self.labels), len(self.class_names)) * (
            self.plan.epochs - looks
        )

    @property
    def steps(self) -> int:
        """Steps of the whole run, to within a step an epoch."""
        return self.config.epochs * -(-int(self.split.train.sum()) // self.config.batch_size)


def prepare(audit: Audit, reporter: Reporter, request: TrainRequest) -> Prepared:
    """Decide what is trained, on which images. Warns of classes without a training or a held-out image."""
    set_threads()
    hub = views.open_hub(audit, ())
    version = labels_version(audit, request.labels, request.seed, request.split_seed)
    class_names = views.classes(hub)
    kept_from = labels_of(request.held_out_classes, class_names)
    known, given = (
        np.where(np.isin(each, kept_from), UNLABELLED, each) for each in (version.labels, views.labels(hub))
    )
    split = split_held_out(known, views.column(hub, "split"), request.split_seed, drawn_by=given)
    if request.train_images is not None:
        split = fewer_images(split, known, request.train_images)
    pruned = prune(audit, request.prune, split, known, request.seed) if request.prune else None
    split = pruned.split if pruned else split
    on = pick_device(request.device)
    plan = plan_training(
        int(split.train.sum()), len(known), views.typical_side(hub), len(class_names), on.type,
        model=request.model, image_size=request.image_size, epochs=request.epochs,
    )  # fmt: skip
    config = TrainConfig(
        plan.model, plan.epochs, plan.image_size, batch_size=request.batch_size or default_batch(split),
        learning_rate=request.learning_rate or DEFAULT_LEARNING_RATE, checkpoints=request.checkpoints,
        schedule=request.schedule, flip=request.flip, dynamics=request.dynamics, loss=request.loss,
        loss_parameters=request.loss_parameters, seed=request.seed, checkpoints_every=request.checkpoints_every,
    )  # fmt: skip
    warn_of_empty_classes(known, split, class_names, kept_from, reporter)
    weighting = weigh(audit, request.difficulty, split.train, request.seed) if request.difficulty else None
    known_labels = labels_known(audit, weighting.by, split.held_out) if weighting else ""
    if weighting and known_labels:
        reporter.warn(f"the weights know labels of held-out images, by {weighting.by.info.address}: {known_labels}")
    inputs = {"items": audit.items_fingerprint, "labels": version.name}
    asked: dict[str, Any] = {
        "held_out_classes": list(request.held_out_classes), "train_images": request.train_images,
        "difficulty": dict(weighting.record) if weighting else None, "difficulty_knows": known_labels,
        "prune": dict(pruned.record) if pruned else None, "grid": request.grid,
        "method": request.short_name if request.grid or request.short_name != PLAIN else "",
    }  # fmt: skip
    # What was not asked for is not recorded: a plain run keeps the id it had before there was a choice.
    parameters = {**config.parameters(), "held_out": split.how, "device": on.type}
    parameters |= {name: value for name, value in asked.items() if value}
    parameters |= {"held_out_seed": request.split_seed} if split.drawn and request.split_seed != request.seed else {}
    inputs |= {"score": weighting.by.info.run_id} if weighting else {}
    inputs |= {"score that prunes": pruned.run} if pruned and pruned.run else {}
    spec = RunSpec("train", plan.model, inputs, parameters, request.seed)
    return Prepared(split, plan, config, spec, on, version.labels, class_names, kept_from, weighting)


def warn_of_empty_classes(
    labels: Ints, split: TrainingSplit, class_names: Sequence[str], kept_from: Sequence[int], reporter: Reporter
) -> None:
    """Say which classes have no image to train on, and which none to be judged on.

    Raises BadInput on labels outside the classes, and TooFewRows where fewer than two classes can be trained on.
    """
    untrained = set(absent_classes(labels, split.train, len(class_names))) - set(kept_from)
    judged = np.bincount(labels[split.held_out], minlength=len(class_names))
    unjudged = [
        name for label, name in enumerate(class_names)
        if split.held_out.any() and not judged[label] and label not in kept_from
    ]  # fmt: skip
    without = "has no training image: the model can never predict it"
    for line in _of_classes([class_names[label] for label in sorted(untrained)], without):
        reporter.warn(line)
    for line in _of_classes(unjudged, "has no held-out image: its accuracy cannot be measured"):
        reporter.warn(line)


def _of_classes(names: Sequence[str], what: str) -> list[str]:
    """A line for each class, or one for all where they are many."""
    if len(names) <= MANY:
        return [f"class {name!r} {what}" for name in names]
    return [f"each of {len(names):,} classes ({', '.join(map(repr, names[:MANY]))}, …) {what}"]


def labels_of(names: Sequence[str], class_names: Sequence[str]) -> tuple[int, ...]:
    """The labels of classes by name. Raises BadInput on a name that is not a class's, and where two classes are not
    left."""
    unknown = [name for name in names if name not in class_names]
    if unknown:
        raise BadInput(
            f"There is no class {unknown[0]!r} to hold out; there is: {', '.join(map(repr, class_names[:20]))}.",
            'Name classes as the audit does, separated by commas: --hold-out-classes "Bag,Sneaker"',
        )
    if len(class_names) - len(set(names)) < 2:
        raise BadInput(
            f"{len(set(names))} of {len(class_names)} classes are held out, and a classifier needs two.",
            "Hold out fewer: --hold-out-classes",
        )
    return tuple(sorted({class_names.index(name) for name in names}))


def train_prepared(audit: Audit, prepared: Prepared, reporter: Reporter, *, pixels: Pixels | None = None) -> Done:
    """Compute a prepared training run, in all the processes of the team it was started in.

    pixels: of the images at the network's size, where the caller has them.
    """
    with assembled(prepared.device) as (team, device):
        there = audit.run_path(run_id(prepared.spec)).exists()
        team.wait()  # all have looked before the first can publish
        if not team.writes and not there:
            _run(audit, prepared, None, reporter, pixels, team, device)
        elif team.writes:
            compute(
                audit, prepared.spec,
                lambda writer: _run(audit, prepared, writer, reporter, pixels, team, device), reporter,
                k=len(prepared.class_names),
            )  # fmt: skip
        team.wait()
        if team.writes:
            forget_states(audit.checkpoints(run_id(prepared.spec)))
    return Done(finished_run(audit, prepared.spec), not there)


def _run(
    audit: Audit, prepared: Prepared, writer: RunWriter | None, reporter: Reporter, pixels: Pixels | None, team: Team,
    device: torch.device,
) -> None:  # fmt: skip
    """Train, and where this process has the writer, keep what came out."""
    split, config, labels = prepared.split, prepared.config, prepared.labels
    if pixels is None:
        pixels = training_pixels(audit, config.image_size, reporter)
    ids = np.arange(len(labels), dtype=np.int32)

    def keep(result: EpochResult) -> None:
        unit = f"epoch {result.epoch}"
        if writer is None or unit in writer.finished():
            return  # committed just before the process was killed; its weights come out the same again
        tables: dict[str, Any] = {"epoch": {name: [getattr(result, name)] for name in EPOCH_COLUMNS}}
        if result.dynamics is not None:
            epoch = np.full(len(ids), result.epoch, np.int32)
            tables["dynamics"] = {"image_id": ids, "epoch": epoch, **result.dynamics}
        writer.commit(unit, tables, seconds=result.seconds)

    committed = None
    if writer is not None:
        committed = {int(unit.split()[1]) for unit in writer.finished() if unit.startswith("epoch ")}
    with reporter.bar("train", "steps") as advance:
        network = train_network(
            pixels, labels, split.train, len(prepared.class_names), config, audit.checkpoints(run_id(prepared.spec)),
            on_epoch=keep, s=prepared.weighting.s if prepared.weighting else None, advance=advance,
            device=str(device), kept_from=prepared.kept_from, team=team, committed=committed, warn=reporter.warn,
            held_out=split.held_out,
        )  # fmt: skip
    # It may have been killed after this commit and before the run was published.
    if writer is not None and "prediction" not in writer.finished():
        logits = predict(network.model, Batches(pixels, network.normalisation, device))
        judged = np.where(np.isin(labels, prepared.kept_from), UNLABELLED, labels)  # neither right nor wrong
        writer.commit("prediction", prediction_tables(ids, logits, judged, split.train))


PLAIN = SHORT_NAMES["cross_entropy"]
EPOCH_COLUMNS = ("epoch", "learning_rate", "train_loss", "train_accuracy", "held_out_accuracy", "seconds", "checkpoint")
DEFAULT_LEARNING_RATE = 0.1  # both papers'
SMALL_DATA = 1000  # training images below which steps of 128 would be too few to learn from


def default_batch(split: TrainingSplit) -> int:
    """Images in a step: 128 as in the papers, 32 where the data is small."""
    return 128 if split.train.sum() >= SMALL_DATA * 10 else 64 if split.train.sum() >= SMALL_DATA else 32


def training_pixels(audit: Audit, size: int, reporter: Reporter, transform: Transform = "stretch") -> Pixels:
    """(n, size, size, 3) uint8 of the current images, decoded once and kept in the audit's cache."""
    path = pixels_path(audit.cache, audit.items_fingerprint, size, transform)
    rows = views.images(views.open_hub(audit, ()), "path, row, content_hash")
    source = PixelSource(rows["path"].to_pylist(), rows["row"].to_pylist(), rows["content_hash"].to_pylist())
    if (pixels := kept_pixels(path, rows.num_rows, size, reporter.warn)) is not None:
        return pixels
    with reporter.bar("decode") as advance:
        return decode_pixels(source, rows.num_rows, size, path, transform=transform, advance=advance)
