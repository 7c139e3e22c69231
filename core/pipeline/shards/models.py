"""A model over shards: what was said of it once, the hash of its weights, and how every machine loads it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import BadInput
from ...files.hashes import file_hash
from ...images.filenames import from_text, to_text
from ...progress import Reporter
from .folder import ShardFolder
from .stage import StageSpec

if TYPE_CHECKING:  # PyTorch, which the processes of most stages do without
    from ...training.networks.own_model import OwnModel

CHECKPOINTS, COLUMNS = "checkpoints", "columns"
"""What predictions over shards are made from."""
OF_PREDICTIONS = ("name", "trained_on", "fit")
"""What is said of a model that changes nothing of its gradients."""


def said_of_model(model: OwnModel) -> dict[str, Any]:
    """What a stage says of a model, with where its weights lie."""
    where = [to_text(str(path.resolve())) for path in model.paths]
    return {**model.said, "checkpoints": where, "order": list(model.order), "device": model.device}


def splits_trained_on(folder: ShardFolder, asked: str | None, reporter: Reporter) -> list[str]:
    """The splits a model was trained on. asked: see `rows_trained_on`. Raises BadInput on one that is not there."""
    from ..training.predictions import rows_trained_on

    splits = np.array(sorted(folder.header["splits"]), np.str_)
    return [str(name) for name in splits[rows_trained_on(splits, asked, reporter)]]


def model_of(spec: StageSpec, n_classes: int) -> OwnModel:
    """The model of a stage, found on this machine. Raises BadInput where its weights are not, or are others."""
    from ...training.networks.own_model import OwnModel
    from ...training.pixels import Normalisation

    said = spec.parameters
    paths = tuple(Path(from_text(path)) for path in said["checkpoints"])
    advice = "Put the same weights in the same place on every machine."
    for path in paths:
        if not path.is_file():
            raise BadInput(f"{to_text(str(path))} is not there, and {spec.name} is computed with it.", advice)
    if file_hash(*paths) != spec.inputs["weights"]:
        raise BadInput(
            f"The weights in {to_text(str(paths[0].parent))} are not those that {spec.name} began with.", advice
        )
    return OwnModel(
        said["factory"], paths, said["image_size"], Normalisation(tuple(said["mean"]), tuple(said["sd"])),
        said["transform"], tuple(said["classes"]), tuple(said["order"]), n_classes, said["device"],
    )  # fmt: skip
