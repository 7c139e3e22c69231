"""Import a model: a network trained elsewhere becomes a run, checkpoint by checkpoint, as if it were one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ...dataset.aligned.model_files import READ_AS_CHECKPOINTS, RUN_IT, model_file
from ...device import pick_device, set_threads
from ...errors import BadInput
from ...files.names import checked_name
from ...images.filenames import to_text
from ...progress import Reporter, part_of
from ...store import views
from ...store.audit import Audit
from ...store.writer import RunWriter, Stopwatch
from ...training.batches import Batches
from ...training.checkpoints import checkpoint_name
from ...training.networks.imported import import_checkpoints
from ...training.networks.state_dicts import class_names_in, find_checkpoints
from ...training.pixels import Normalisation, Transform
from ...training.predict import dynamics_from_logits, predict
from ...types import UNLABELLED, Bools, Ints, RunSpec
from ..steps import Done, compute
from .import_predictions import file_hash, warn_of_disorder
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
    normalisation, on = channel_normalisation(mean, sd), pick_device(device)
    if transform not in get_args(Transform):
        raise BadInput(f"There is no transform {transform!r}.", "Pass --transform stretch or crop.")
    called = checked_name(name or factory.rpartition(":")[2], "a model")
    paths = find_checkpoints(checkpoints)
    refuse_other_models(paths)
    hub = views.open_hub(audit)
    labels, known = views.labels(hub), views.classes(hub)
    outputs = tuple(classes) or class_names_in(paths[0])
    order = class_order(outputs, known) if outputs else ()
    learned = rows_trained_on(views.column(hub, "split"), trained_on, reporter)
    parameters = {
        "source": "checkpoints", "factory": factory, "checkpoints": [to_text(path.name) for path in paths],
        "image_size": image_size, "mean": list(normalisation.mean), "sd": list(normalisation.sd),
        "transform": transform, "classes": list(outputs), "trained_on": trained_on or "train", "device": on.type,
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint, "labels": "given"}
    spec = RunSpec("train", called, inputs, parameters, weights=file_hash(*paths))

    def work(writer: RunWriter) -> None:
        networks = import_checkpoints(
            factory, paths, len(known), image_size, normalisation, audit.checkpoints(writer.run_id), on,
            class_names=outputs, order=order if order != tuple(range(len(outputs))) else (),
        )  # fmt: skip
        first = next(networks)  # refused, if it is, before any image is decoded
        pixels = training_pixels(audit, image_size, reporter, transform)
        batches, ids = Batches(pixels, normalisation, on), np.arange(len(labels), dtype=np.int32)
        watch, finished = Stopwatch(), writer.finished()
        with reporter.bar("predict") as advance:
            for network in (first, *networks):
                unit, done = f"checkpoint {network.epoch}", (network.epoch - 1) * len(labels)
                if unit in finished:
                    continue
                logits = predict(network.model, batches, advance=part_of(advance, done, len(paths) * len(labels)))
                dynamics = dynamics_from_logits(logits, labels)
                seconds = watch.lap()
                tables: dict[str, Any] = {
                    "dynamics": {"image_id": ids, "epoch": np.full(len(ids), network.epoch, np.int32), **dynamics},
                    "epoch": epoch_row(network.epoch, dynamics, labels, learned, seconds),
                }
                if network.epoch == len(paths):
                    tables |= prediction_tables(ids, logits, labels, learned)
                    warn_of_disorder(logits.argmax(axis=1), labels, len(known), reporter)
                writer.commit(unit, tables, seconds=seconds)

    return compute(audit, spec, work, reporter, k=len(known))


def refuse_other_models(paths: Sequence[Path]) -> None:
    """Raise BadInput on a file of another framework, which Hardlook does not run."""
    for path in paths:
        kind = model_file(path)
        if kind and kind not in READ_AS_CHECKPOINTS:
            raise BadInput(f"{to_text(str(path))} is {kind}, and no checkpoint of PyTorch weights.", *RUN_IT)


def class_order(outputs: Sequence[str], classes: Sequence[str]) -> tuple[int, ...]:
    """Which of a network's outputs each class of the audit is. Raises BadInput on a class it does not know."""
    place = {name: i for i, name in enumerate(outputs)}
    missing = [name for name in classes if name not in place]
    if missing or len(place) != len(outputs):
        twice = [name for name in place if list(outputs).count(name) > 1]
        what = f"has no output for class {missing[0]!r}" if missing else f"names the class {twice[0]!r} twice"
        more = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        raise BadInput(
            f"The model {what}{more}; its classes are {', '.join(map(repr, outputs[:10]))}.",
            "Name its outputs in their order, as the audit calls them, with --classes.",
        )
    return tuple(place[name] for name in classes)


def channel_normalisation(mean: Sequence[float], sd: Sequence[float]) -> Normalisation:
    """Mean and standard deviation of the three channels from three numbers or one each.

    Raises BadInput where they cannot be those of pixels in 0..1.
    """
    for name, values in (("mean", mean), ("std", sd)):
        if len(values) not in (1, 3) or not all(0 <= value <= 1 for value in values) or (name == "std" and 0 in values):
            raise BadInput(
                f"--{name} is {', '.join(map(str, values)) or 'empty'}.",
                "Give three numbers, or one, for pixels in 0..1: divide those for 0..255 by 255.",
            )
    red_green_blue = [tuple(values) * (3 // len(values)) for values in (mean, sd)]
    return Normalisation(red_green_blue[0], red_green_blue[1])


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
