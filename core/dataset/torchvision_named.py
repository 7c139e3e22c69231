"""Data sets that torchvision knows by name: `torchvision:CIFAR10`. torchvision is imported when one is asked for."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..errors import BadInput
from ..images.containers import TORCHVISION
from ..images.filenames import to_text
from ..images.torchvision_sets import TRAIN_FLAG, open_split
from .model import Candidate, IngestOptions, Listing
from .splits import known_split

_SPLITS = {
    "Country211": ("train", "valid", "test"),
    "DTD": ("train", "val", "test"),
    "FGVCAircraft": ("train", "val", "test"),
    "Flowers102": ("train", "val", "test"),
    "Food101": ("train", "test"),
    "GTSRB": ("train", "test"),
    "Imagenette": ("train", "val"),
    "OxfordIIITPet": ("trainval", "test"),
    "RenderedSST2": ("train", "val", "test"),
    "STL10": ("train", "test"),
    "SVHN": ("train", "test"),
}
_SPLITS.update(dict.fromkeys(TRAIN_FLAG, ("train", "test")))
_SPLITS["EuroSAT"] = ("",)  # has none
_OURS = {"trainval": "train"}
NAMES = tuple(sorted(_SPLITS))


def list_torchvision(name: str, options: IngestOptions) -> Listing:
    """All splits of a torchvision data set. Raises BadInput on an unknown name or data that is not there."""
    if name not in _SPLITS:
        raise BadInput(f"torchvision:{name} is not known; known are: {', '.join(NAMES)}.", "Use one of these names.")
    root = os.path.abspath(options.root)
    candidates: list[Candidate] = []
    classes: tuple[str, ...] = ()
    for split in _SPLITS[name]:
        data = open_split(name, split, root, download=options.download)
        labels = _labels(data)
        classes = classes or tuple(str(_first(entry)) for entry in getattr(data, "classes", ()))
        path = f"{TORCHVISION}{name}::{split}::{to_text(root)}"
        ours = known_split(_OURS.get(split, split)) or options.split
        digits = len(str(max(len(labels) - 1, 0)))
        candidates += [
            Candidate(f"{ours}/{row:0{digits}d}", path, row, int(label), split=ours) for row, label in enumerate(labels)
        ]
    return Listing(kind="torchvision", candidates=tuple(candidates), classes=classes)


def _labels(data: Any) -> list[int]:
    """Labels without decoding images: torchvision keeps them under one of these names."""
    for attribute in ("targets", "labels", "_labels"):
        if hasattr(data, attribute):
            return [int(label) for label in np.asarray(getattr(data, attribute)).ravel()]
    return [int(label) for _, label in data._samples]


def _first(entry: Any) -> Any:
    """A class's first name; Imagenette gives a tuple of synonyms."""
    return entry[0] if isinstance(entry, tuple) else entry
