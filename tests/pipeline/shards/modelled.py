"""Shards of images with what may befall them, a user's model with its checkpoints, and columns of another."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.dataset import IngestOptions
from core.pipeline.shards.divide import shard
from core.pipeline.shards.drive import Drive
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.predict import of_checkpoints, of_columns
from core.pipeline.shards.stage import StageSpec
from core.progress import Quiet
from core.training.networks.factory import build_from_factory
from core.training.networks.own_model import own_model
from tests.pictures import write_images
from tests.pipeline.shards.made import staged

SIZE, CLASSES = 12, ("red", "green", "blue", "violet")
MODULE = """
from torch import nn
def build(classes=4, width=4):
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(width, classes))
def wider():
    return build(width=5)
def of_three():
    return build(classes=3)
def of_ten():
    return build(classes=10)
"""
SAID: dict[str, Any] = {
    "factory": "sharded_nets:build", "checkpoints": "ckpt/*.pt", "image_size": SIZE, "mean": (0.5,), "sd": (0.25,),
    "device": "cpu",
}  # fmt: skip


@contextmanager
def project(place: Path) -> Iterator[Path]:
    """A working folder with a user's module, four checkpoints of a short training, and `images.csv`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setattr(sys, "path", list(sys.path))
        (place / "sharded_nets.py").write_text(MODULE)
        write_manifest(place)
        write_checkpoints(place / "ckpt")
        yield place
    sys.modules.pop("sharded_nets", None)


def write_checkpoints(folder: Path, seed: int = 0) -> None:
    """Weights that wander."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(seed)
    model = build_from_factory("sharded_nets:build").eval()
    for epoch in range(4):
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.3 * torch.randn_like(weight))
        torch.save(model.state_dict(), folder / f"epoch-{epoch + 8}.pt")


def write_manifest(place: Path) -> Path:
    """54 images of three classes, of which one gets no label and one a class of its own, and 16 files that are none: of
    shards of ten, the last holds nothing else."""
    write_images(place / "a", 12, seed=0)
    write_images(place / "b", 6, seed=1)
    files = sorted(place.glob("[ab]/*/*.png"))
    rows = [(path, path.parent.name, "train" if path.parts[-3] == "a" else "test") for path in files]
    rows[40] = (*rows[40][:1], "", "test")
    rows[41] = (*rows[41][:1], "violet", "test")
    broken = [place / "b" / "zz" / f"{number}.png" for number in range(16)]
    broken[0].parent.mkdir(exist_ok=True)
    for path in broken:
        path.write_bytes(b"no image")
    rows += [(path, "red", "test") for path in broken]
    numbers = np.random.default_rng(3).dirichlet(np.ones(4), len(rows))
    with (place / "images.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "split", *(f"prob_{name}" for name in CLASSES)])
        for (path, label, split), row in zip(rows, numbers, strict=True):
            writer.writerow([path.relative_to(place), label, split, *row])
    return place / "images.csv"


def divided(place: Path, to: str = "shards") -> ShardFolder:
    """The manifest in seven shards; the last holds no image that can be opened."""
    return shard(str(place / "images.csv"), Quiet(), to=place / to, rows=10, options=IngestOptions())


def described(folder: ShardFolder, **changes: Any) -> Any:
    """What `Drive.predict` takes for the user's model."""
    own = own_model(folder.classes, **(SAID | changes))
    return partial(_of_checkpoints, own)


def _of_checkpoints(own: Any, ground: Any) -> StageSpec:
    return of_checkpoints(ground, own, "mine", ["train"])


def described_columns(ground: Any) -> StageSpec:
    """What it takes for the columns."""
    return of_columns(ground, "", "auto", "theirs", ["train"])


def modelled(folder: ShardFolder, *names: str, columns: bool = False, **how: Any) -> Drive:
    """The model's predictions, and these chains."""
    with Drive(folder, Quiet(), **how) as drive:
        drive.predict(described_columns if columns else described(folder))
        if names:
            drive.score(names)
    return drive


def in_shares(folder: ShardFolder, stages: Sequence[str]) -> None:
    """Have stages computed by two shares each, the second first. The model is described once, before its stage."""
    for stage in stages:
        if stage == "predict":
            with Drive(folder, Quiet(), 1, only="predict") as drive:
                drive.predict(described(folder), begin_only=True)
        for share in (2, 1):
            staged(folder, stage, (share, 2))
