"""The command that a run is said to be computed again by is one that the command line understands."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import typer

from core.answers.runs.reproduce import reproduction
from core.cli.app import app
from core.cli.options import settings_of
from core.types import RunSpec

ITEMS = {"items": "feedbeef0123"}
TRAINED = {
    "model": "resnet8", "epochs": 12, "image_size": 28, "batch_size": 64, "learning_rate": 0.1, "momentum": 0.9,
    "weight_decay": 1e-4, "schedule": "cosine", "flip": True, "crop_pad": 3, "checkpoints": 8, "loss": "cross_entropy",
    "loss_parameters": {}, "seed": 3, "held_out": "the test split", "device": "cpu",
}  # fmt: skip
DIFFICULTY = {
    "score": "rmd", "run": "score-rmd-0123", "temperature": 0.5, "c": 1e-3, "normalise": "rank", "control": "permuted",
    "r_min": -3.0, "r_max": 9.0, "mean_s": 0.28,
}  # fmt: skip


def understood(spec: RunSpec, audit: str = "my audit") -> tuple[str, dict[str, Any]]:
    """The command's name and what the command line reads out of it, without running it."""
    words = shlex.split(reproduction(spec, audit).command)
    assert words[0] == "hardlook"
    command = typer.main.get_command(app).commands[words[1]]  # type: ignore[attr-defined]
    read = command.make_context(words[1], words[2:]).params
    assert read["audit"] == audit
    return words[1], read


def test_an_embedding_s_options_are_given_where_they_are_not_the_usual() -> None:
    said = {"encoder": "open_clip:ViT-B-32/openai", "image_size": 224, "feature": "pooled", "l2norm": True}
    name, read = understood(RunSpec("embed", "open_clip:ViT-B-32/openai", ITEMS, said, weights="cafe"))
    assert (name, read["encoder"], read["image_size"]) == ("embed", "open_clip:ViT-B-32/openai", 224)
    assert (read["feature"], read["l2norm"]) == ("pooled", True)


def test_a_training_run_is_given_with_everything_that_was_chosen_for_it() -> None:
    spec = RunSpec("train", "resnet8", {**ITEMS, "labels": "given"}, {**TRAINED, "device": "cpu"}, 3)
    name, read = understood(spec)
    assert name == "train"
    assert {"model": "resnet8", "epochs": 12, "image_size": 28, "batch_size": 64, "learning_rate": 0.1,
            "seed": 3, "device": "cpu", "no_flip": False}.items() <= read.items()  # fmt: skip


def test_a_difficulty_aware_run_names_its_score_by_its_address() -> None:
    said = {
        **TRAINED, "loss": "difficulty_aware_entropy", "loss_parameters": {"alpha": 0.2}, "flip": False,
        "schedule": "steps", "difficulty": DIFFICULTY, "held_out_classes": ["Bag", "Sneaker"], "grid": "losses",
        "method": "DA",
    }  # fmt: skip
    spec = RunSpec("train", "resnet8", {**ITEMS, "labels": "reviewed"}, said, 3)
    _, read = understood(spec)
    assert read["difficulty"] == "score-rmd-0123:rmd"
    assert (read["temperature"], read["normalise"], read["control"]) == (0.5, "rank", "permuted")
    assert settings_of(read["loss_set"]) == {"alpha": 0.2}
    assert (read["no_flip"], read["schedule"], read["labels"]) == (True, "steps", "reviewed")
    assert read["hold_out_classes"] == "Bag,Sneaker"
    assert (read["part_of"], read["method"]) == ("losses", "DA")


def test_a_score_names_its_sources_and_leaves_out_what_the_command_finds_itself() -> None:
    said = {"labels": "given", "checkpoints": [1, 2], "device": "cpu", "windows": {"middle": [3, 6]}}
    name, read = understood(RunSpec("score", "vog", {**ITEMS, "train": "train-resnet8-0123"}, said))
    assert (name, list(read["scorers"]), read["model"]) == ("score", ["vog"], "train-resnet8-0123")
    assert read["device"] == "cpu"
    assert settings_of(read["settings"]) == {"windows": {"middle": [3, 6]}}
    _, read = understood(RunSpec("score", "rmd", {**ITEMS, "embed": "embed-x"}, {"labels": "given", "pca": "auto"}))
    assert (read["encoder_run"], settings_of(read["settings"])) == ("embed-x", {"pca": "auto"})


def test_imports_name_their_files() -> None:
    said: dict[str, Any] = {
        "source": "predictions", "file": "my vit.csv", "kind": "logits", "images": "by order", "classes": "by name",
        "trained_on": "train",
    }  # fmt: skip
    name, read = understood(RunSpec("train", "vit", ITEMS, said))
    assert (name, str(read["file"]), read["by_order"], read["kind"]) == ("import-predictions", "my vit.csv", True,
                                                                         "logits")  # fmt: skip
    said = {"source": "checkpoints", "factory": "nets:net", "checkpoints": ["e1.pt", "e10.pt"], "image_size": 32,
            "mean": [0.5, 0.5, 0.5], "sd": [0.2, 0.2, 0.2], "transform": "crop", "classes": [], "trained_on": "train",
            "device": "cpu"}  # fmt: skip
    name, read = understood(RunSpec("train", "net", ITEMS, said))
    assert (name, read["checkpoints"], read["mean"]) == ("import-model", "e1*.pt", "0.5,0.5,0.5")


@pytest.mark.parametrize("inputs", [{}, {"train": "train-resnet8-0123"}])
def test_an_evaluation_names_its_network(inputs: dict[str, str]) -> None:
    _, read = understood(RunSpec("evaluate", "resnet8", {**ITEMS, **inputs}, {"bins": 15}))
    assert read["model"] == inputs.get("train")
