"""The command that computes a run again: options in the command line's own words, what it cannot say in a note."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...experiments.grids import PROOF
from ...types import Run, RunSpec
from ...wording import command


@dataclass(frozen=True)
class Reproduction:
    """command: to paste into a shell. note: what has to be known besides, "" for nothing."""

    command: str
    note: str = ""


Words = list[str]


def reproduction(run: Run | RunSpec, audit_name: str) -> Reproduction:
    """The command that computes this run, on the images as they are ingested."""
    made = _MAKERS.get(run.kind, _any_kind)(run)
    return Reproduction(str(command(audit_name, *made.words)), made.note)


@dataclass(frozen=True)
class _Made:
    """Words of the command after `hardlook`, and the note."""

    words: Words
    note: str = ""


def _embed(run: Run | RunSpec) -> _Made:
    said = run.parameters
    words = ["embed", "--encoder", str(said.get("encoder", run.name))]
    words += ["--image-size", str(said["image_size"])] if "image_size" in said else []
    words += ["--feature", str(said["feature"])] if said.get("feature", "projected") != "projected" else []
    words += ["--l2norm"] if said.get("l2norm") else []
    note = "With the same weights: the run's id covers their hash."
    note += f" Made for the grid {said['grid']!r}: alone, the same vectors get another id." if said.get("grid") else ""
    return _Made(words, note)


def _train(run: Run | RunSpec) -> _Made:
    source = run.parameters.get("source")
    if source == "predictions":
        return _import_predictions(run)
    if source == "checkpoints":
        return _import_model(run)
    if run.parameters.get("grid") == PROOF:
        return _prove(run.parameters)
    said = run.parameters
    words = ["train", "--model", run.name, "--seed", str(run.seed)]
    for name, option in _TRAIN_OPTIONS.items():
        if name in said and said[name] is not None:
            words += [option, _text(said[name])]
    for name, (usual, flag) in _TRAIN_FLAGS.items():
        words += [flag] if name in said and said[name] != usual else []
    for name, (usual, option) in _TRAIN_CHOICES.items():
        words += [option, _text(said[name])] if name in said and said[name] != usual else []
    for name, value in said.get("loss_parameters", {}).items():
        words += ["--loss-set", f"{name}={json.dumps(value)}"]
    words += _difficulty(said.get("difficulty") or {})
    words += ["--labels", "reviewed"] if run.inputs.get("labels", "given") != "given" else []
    words += ["--hold-out-classes", ",".join(said["held_out_classes"])] if said.get("held_out_classes") else []
    note = f"A part of the grid {said['grid']!r}: alone, the same training gets another id." if said.get("grid") else ""
    return _Made(words, note)


_TRAIN_OPTIONS = {
    "epochs": "--epochs", "batch_size": "--batch-size", "learning_rate": "--learning-rate",
    "image_size": "--image-size", "train_images": "--train-images", "device": "--device",
}  # fmt: skip
_TRAIN_FLAGS = {"flip": (True, "--no-flip"), "dynamics": ("every epoch", "--last-epoch-dynamics")}
_TRAIN_CHOICES = {
    "schedule": ("cosine", "--schedule"), "checkpoints": (8, "--checkpoints"), "loss": ("cross_entropy", "--loss"),
}  # fmt: skip
"""Parameters of a training run by how the command says them: always, as a flag, or where they are not the usual."""


def _difficulty(said: Mapping[str, Any]) -> Words:
    """The options of difficulty weights; none without them."""
    if not said:
        return []
    words = ["--difficulty", f"{said['run']}:{said['score']}"]
    for name in ("temperature", "c", "normalise", "control"):
        words += [f"--{name}", _text(said[name])] if said.get(name) not in (None, "") else []
    return words


def _import_predictions(run: Run | RunSpec) -> _Made:
    said = run.parameters
    words = ["import-predictions", str(said["file"]), "--name", run.name, "--kind", str(said["kind"])]
    words += ["--by-order"] if "order" in str(said.get("images", "")) else []
    words += ["--trained-on", str(said["trained_on"])]
    return _Made(words, f"In the folder where {said['file']} lies; add --id-key and --key if they were given.")


def _import_model(run: Run | RunSpec) -> _Made:
    said = run.parameters
    words = ["import-model", "--factory", str(said["factory"]), "--checkpoints", _pattern(said["checkpoints"])]
    words += ["--image-size", str(said["image_size"]), "--mean", _numbers(said["mean"]), "--std", _numbers(said["sd"])]
    words += ["--transform", str(said["transform"]), "--name", run.name, "--trained-on", str(said["trained_on"])]
    words += ["--classes", ",".join(said["classes"])] if said.get("classes") else []
    return _Made(
        [*words, "--device", str(said["device"])], "In the folder of the checkpoints, with the module at hand."
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


def _score(run: Run | RunSpec) -> _Made:
    said = dict(run.parameters)
    words = ["score", run.name]
    words += ["--encoder-run", run.inputs["embed"]] if "embed" in run.inputs else []
    words += ["--model", run.inputs["train"]] if "train" in run.inputs else []
    words += ["--device", str(said["device"])] if "device" in said else []
    for name in ("labels", "device", "checkpoints"):  # what the command finds by itself
        said.pop(name, None)
    for name, value in said.items():
        words += ["--set", f"{name}={_text(value)}"]
    return _Made(words)


def _prove(said: Mapping[str, Any]) -> _Made:
    """said: of one of its networks, or what was asked of all of them."""
    words = ["prove"]
    for name in ("model", "epochs", "image_size", "batch_size", "learning_rate", "control", "seeds", "seed"):
        words += [f"--{name.replace('_', '-')}", _text(said[name])] if said.get(name) is not None else []
    words += ["--no-flip"] if said.get("flip") is False else []
    return _Made(words, "With the reviews as they were; what is there is not trained again.")


def _evaluate(run: Run | RunSpec) -> _Made:
    if "proof" in run.parameters:
        return _prove(run.parameters["asked"])
    words = ["evaluate", *(["--model", run.inputs["train"]] if "train" in run.inputs else [])]
    return _Made(words, "Judges every score there is then; with other scores than now, the run gets another id.")


def _project(run: Run | RunSpec) -> _Made:
    words = ["project", "--method", run.name, "--encoder-run", run.inputs.get("embed", "")]
    return _Made(words + (["--seed", str(run.seed)] if run.seed else []))


def _any_kind(run: Run | RunSpec) -> _Made:
    return _Made([run.kind], "With the options it was given.")


_MAKERS: dict[str, Callable[[Run | RunSpec], _Made]] = {
    "embed": _embed, "train": _train, "score": _score, "evaluate": _evaluate,
    "project": _project,
}  # fmt: skip


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _numbers(values: list[float]) -> str:
    return ",".join(json.dumps(value) for value in values)
