"""Models: what one predicts of each image and, where it was trained here, what its training saw. Imported ones too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from ..types import Run, RunSpec
from .json_types import TABLE, TABLE_OF_NUMBERS, TABLE_OF_SINGLE, TEXT, TEXTS, WHOLE, JsonType, or_null
from .option_text import names_text, numbers_text, option_text
from .registry import CommandWords, FirstStep, register

TABLES = {
    "prediction": """
        -- a row an image: what the model says of it
        image_id INTEGER,    -- of images.image_id
        predicted INTEGER,   -- the class of the highest probability; NULL without a prediction
        confidence FLOAT,    -- its probability, 0..1, higher is surer
        entropy FLOAT,       -- of the probabilities in nats, higher is less sure
        max_logit FLOAT,     -- the largest logit, higher is surer; NaN where probabilities alone are known
        loss FLOAT,          -- cross-entropy on the given label in nats, higher is harder; NaN without one
        correct BOOLEAN,     -- whether the prediction is the given label; NULL where that cannot be said
        top5 INTEGER[],      -- the likeliest classes, the likeliest first
        trained_on BOOLEAN   -- whether the model has seen the image's label in training
    """,
    "probability": """
        -- a row an image: the model's probability of every class
        image_id INTEGER,  -- of images.image_id
        probs FLOAT[{k}]   -- 0..1, in the order of classes.label
    """,
    "dynamics": """
        -- a row an image and epoch: what the model made of the image then; NaN without a label that it knows
        image_id INTEGER,  -- of images.image_id
        epoch INTEGER,     -- from 1
        p_label FLOAT,     -- probability of the given label, 0..1, lower is harder
        margin FLOAT,      -- logit of the given label less the largest other, lower is harder
        loss FLOAT,        -- cross-entropy on the given label in nats, higher is harder
        correct BOOLEAN,   -- whether the prediction was the given label
        el2n FLOAT         -- length of the probabilities less the one-hot label, 0..1.42, higher is harder
    """,
    "epoch": """
        -- a row an epoch of training
        epoch INTEGER,             -- from 1
        learning_rate DOUBLE,      -- at its end
        train_loss DOUBLE,         -- mean over the images trained on, in nats for cross-entropy; lower is better
        train_accuracy DOUBLE,     -- share of the images trained on, 0..1, higher is better
        held_out_accuracy DOUBLE,  -- share of held-out images, 0..1, higher is better; NaN for none
        seconds DOUBLE,            -- that it took
        checkpoint VARCHAR         -- file of its weights, in the audit's checkpoints; empty for none
    """,
}
GIVEN = "given"
STATES = ("state.pt", "state-before.pt")
"""Files beside a run's checkpoints that its training goes on from, the last first; a finished run has none."""

Dynamics = Literal["every epoch", "last epoch"]
EVERY_EPOCH: Dynamics = "every epoch"
LAST_EPOCH: Dynamics = "last epoch"
OPTIONS = {
    "epochs": "--epochs", "batch_size": "--batch-size", "learning_rate": "--learning-rate",
    "image_size": "--image-size", "train_images": "--train-images", "checkpoints_every": "--checkpoints-every",
    "held_out_seed": "--held-out-seed", "device": "--device",
}  # fmt: skip
FLAGS: Mapping[str, tuple[object, str]] = {
    "flip": (True, "--no-flip"),
    "dynamics": (EVERY_EPOCH, "--last-epoch-dynamics"),
}
CHOICES = {
    "schedule": ("cosine", "--schedule"), "checkpoints": (8, "--checkpoints"), "loss": ("cross_entropy", "--loss"),
}  # fmt: skip
"""Parameters of a training run by how the command says them: always, as a flag, or where they are not the usual."""

READS: Mapping[str, JsonType] = {
    "epochs": WHOLE, "image_size": WHOLE, "train_images": or_null(WHOLE), "held_out_seed": WHOLE,
    "grid": or_null(TEXT), "method": or_null(TEXT), "model": TEXT, "loss": TEXT, "held_out": TEXT, "transform": TEXT,
    "held_out_classes": or_null(TEXTS), "loss_parameters": or_null(TABLE_OF_NUMBERS),
    "difficulty": or_null(TABLE_OF_SINGLE), "prune": or_null(TABLE_OF_SINGLE), "asked": TABLE,
}  # fmt: skip


@register(
    "train",
    tables=TABLES,
    reads=READS,
    first=FirstStep(
        3, ("train",), "A trained model adds errors, confidence, training dynamics and the variance of gradients."
    ),
)
def train_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook train` with everything that was chosen; for imported models, the command that imports them."""
    source = run.parameters.get("source")
    if source == "predictions":
        return _import_predictions(run)
    if source == "checkpoints":
        return _import_model(run)
    chosen = run.parameters
    words = ["train", "--model", run.name, "--seed", str(run.seed)]
    for name, option in OPTIONS.items():
        if name in chosen and chosen[name] is not None:
            words += [option, option_text(chosen[name])]
    for name, (usual, flag) in FLAGS.items():
        words += [flag] if name in chosen and chosen[name] != usual else []
    for name, (usual, option) in CHOICES.items():
        words += [option, option_text(chosen[name])] if name in chosen and chosen[name] != usual else []
    for name, value in chosen.get("loss_parameters", {}).items():
        words += ["--loss-set", f"{name}={json.dumps(value)}"]
    words += _difficulty(chosen.get("difficulty") or {}) + _pruning(chosen.get("prune") or {})
    labels = _labels(run.inputs.get("labels", GIVEN))
    words += ["--labels", labels] if labels != GIVEN else []
    words += ["--hold-out-classes", names_text(chosen["held_out_classes"])] if chosen.get("held_out_classes") else []
    words += ["--part-of", str(chosen["grid"])] if chosen.get("grid") else []
    words += ["--method", str(chosen["method"])] if chosen.get("grid") and chosen.get("method") else []
    return CommandWords(words, "" if labels == GIVEN else "With the reviews as they were.")


def _labels(version: str) -> str:
    """The labels that a version of them is, as `--labels` takes them: "reviewed 3f2a" is "reviewed"."""
    control, _, _ = version.partition(" as ")
    return control if control.startswith("random ") else version.partition(" ")[0]


def _difficulty(chosen: Mapping[str, Any]) -> list[str]:
    """The options of difficulty weights; none without them."""
    if not chosen:
        return []
    words = ["--difficulty", f"{chosen['run']}:{chosen['score']}"]
    for name in ("temperature", "c", "normalise", "control"):
        words += [f"--{name}", option_text(chosen[name])] if chosen.get(name) not in (None, "") else []
    return words


def _pruning(chosen: Mapping[str, Any]) -> list[str]:
    """The options of a share that is kept; none without one."""
    if not chosen:
        return []
    words = ["--keep", option_text(chosen["per_cent"]), "--which", str(chosen["which"])]
    return words + (["--by", f"{chosen['run']}:{chosen['score']}"] if "run" in chosen else [])


def _import_predictions(run: Run | RunSpec) -> CommandWords:
    chosen = run.parameters
    words = ["import-predictions", str(chosen["file"]), "--name", run.name, "--kind", str(chosen["kind"])]
    words += ["--by-order"] if "order" in str(chosen.get("images", "")) else []
    words += ["--trained-on", str(chosen["trained_on"])]
    asked = chosen.get("asked", {})
    for name in ("key", "id_key", "class_order"):
        words += [f"--{name.replace('_', '-')}", asked[name]] if name in asked else []
    words += ["--classes", names_text(asked["classes"])] if "classes" in asked else []
    return CommandWords(words, f"In the folder where {chosen['file']} lies.")


def _import_model(run: Run | RunSpec) -> CommandWords:
    chosen = run.parameters
    words = ["import-model", "--factory", str(chosen["factory"]), "--checkpoints", _pattern(chosen["checkpoints"])]
    words += ["--image-size", str(chosen["image_size"])]
    words += ["--mean", numbers_text(chosen["mean"]), "--std", numbers_text(chosen["sd"])]
    words += ["--transform", str(chosen["transform"]), "--name", run.name, "--trained-on", str(chosen["trained_on"])]
    words += ["--classes", names_text(chosen["classes"])] if chosen.get("classes") else []
    return CommandWords(
        [*words, "--device", str(chosen["device"])], "In the folder of the checkpoints, with the module at hand."
    )


def _pattern(names: list[str]) -> str:
    """One pattern that finds all of these files: what they have in common, a star for the rest."""
    if len(names) == 1:
        return names[0]
    start, end = _common(names), _common([name[::-1] for name in names])[::-1]
    shortest = min(map(len, names))
    return f"{start}*{end[max(0, len(start) + len(end) - shortest) :]}"


def _common(names: list[str]) -> str:
    """What all names begin with."""
    first, last = min(names), max(names)
    return first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
