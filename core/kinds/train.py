"""Models: what one predicts of each image and, where it was trained here, what its training saw. Imported ones too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..types import Run, RunSpec
from .option_text import numbers_text, option_text
from .proof import PROOF, prove_again
from .registry import CommandWords, FirstStep, register

TABLES = {
    "prediction": """image_id INTEGER, predicted INTEGER, confidence FLOAT, entropy FLOAT, max_logit FLOAT, loss FLOAT,
        correct BOOLEAN, top5 INTEGER[], trained_on BOOLEAN""",
    "probability": "image_id INTEGER, probs FLOAT[{k}]",
    "dynamics": """image_id INTEGER, epoch INTEGER, p_label FLOAT, margin FLOAT, loss FLOAT, correct BOOLEAN,
        el2n FLOAT""",
    "epoch": """epoch INTEGER, learning_rate DOUBLE, train_loss DOUBLE, train_accuracy DOUBLE,
        held_out_accuracy DOUBLE, seconds DOUBLE, checkpoint VARCHAR""",
}
OPTIONS = {
    "epochs": "--epochs", "batch_size": "--batch-size", "learning_rate": "--learning-rate",
    "image_size": "--image-size", "train_images": "--train-images", "device": "--device",
}  # fmt: skip
FLAGS = {"flip": (True, "--no-flip"), "dynamics": ("every epoch", "--last-epoch-dynamics")}
CHOICES = {
    "schedule": ("cosine", "--schedule"), "checkpoints": (8, "--checkpoints"), "loss": ("cross_entropy", "--loss"),
}  # fmt: skip
"""Parameters of a training run by how the command says them: always, as a flag, or where they are not the usual."""


@register(
    "train",
    tables=TABLES,
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
    if run.parameters.get("grid") == PROOF:
        return prove_again(run.parameters)
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
    words += _difficulty(chosen.get("difficulty") or {})
    words += ["--labels", "reviewed"] if run.inputs.get("labels", "given") != "given" else []
    words += ["--hold-out-classes", ",".join(chosen["held_out_classes"])] if chosen.get("held_out_classes") else []
    note = (
        f"A part of the grid {chosen['grid']!r}: alone, the same training gets another id."
        if chosen.get("grid")
        else ""
    )
    return CommandWords(words, note)


def _difficulty(chosen: Mapping[str, Any]) -> list[str]:
    """The options of difficulty weights; none without them."""
    if not chosen:
        return []
    words = ["--difficulty", f"{chosen['run']}:{chosen['score']}"]
    for name in ("temperature", "c", "normalise", "control"):
        words += [f"--{name}", option_text(chosen[name])] if chosen.get(name) not in (None, "") else []
    return words


def _import_predictions(run: Run | RunSpec) -> CommandWords:
    chosen = run.parameters
    words = ["import-predictions", str(chosen["file"]), "--name", run.name, "--kind", str(chosen["kind"])]
    words += ["--by-order"] if "order" in str(chosen.get("images", "")) else []
    words += ["--trained-on", str(chosen["trained_on"])]
    return CommandWords(
        words, f"In the folder where {chosen['file']} lies; add --id-key, --key, --class-order and --classes if given."
    )


def _import_model(run: Run | RunSpec) -> CommandWords:
    chosen = run.parameters
    words = ["import-model", "--factory", str(chosen["factory"]), "--checkpoints", _pattern(chosen["checkpoints"])]
    words += ["--image-size", str(chosen["image_size"])]
    words += ["--mean", numbers_text(chosen["mean"]), "--std", numbers_text(chosen["sd"])]
    words += ["--transform", str(chosen["transform"]), "--name", run.name, "--trained-on", str(chosen["trained_on"])]
    words += ["--classes", ",".join(chosen["classes"])] if chosen.get("classes") else []
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
