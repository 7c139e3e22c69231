"""What `audit` is given: images with their labels, or something that says its labels itself."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...dataset import IngestOptions
from ...dataset.labels import NAMES, class_order
from ...files.whole import whole_file
from ...store.audit import Audit
from ...types import UNLABELLED
from .arrays import Rows, refusal, texts
from .images import Images, of_torch, read_images
from .labels import GivenLabels, read_classes, read_labels

FOLDER, FILE = "given", "images.parquet"
"""Where what was given lies in the audit's folder, for ingest and the dashboard to read."""
SPLITS = "the images' splits, (n,) text such as 'train' and 'test'"
SAYS_ITSELF = "None: this input says it itself"


@dataclass(frozen=True)
class Given:
    """options: how ingest reads it. path: of the user's own file or folder, "" for what has to be written first.

    images, columns: arrays, paths or a frame, and the columns beside them. dataset: one of Hugging Face's.
    """

    options: IngestOptions
    path: str = ""
    images: Images | None = None
    columns: dict[str, list[str | None]] = field(default_factory=dict)
    dataset: Any = None

    @property
    def rows(self) -> Rows | None:
        """How many images there are, None where only reading it tells."""
        held = self.dataset if self.dataset is not None else self.images
        return None if held is None else Rows(len(held), "images")

    @property
    def paths(self) -> list[str] | None:
        """Where each image lies, None where they are in one file."""
        return self.images.paths if self.images else None

    def write(self, audit: Audit) -> Path:
        """Write it into the audit's folder. Returns the file that ingest reads."""
        file = audit.path / FOLDER / FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        if self.images is not None:
            self.images.write(file, self.columns)
        else:
            with whole_file(file) as part:
                self.dataset.to_parquet(str(part))
        return file


def read_given(images: Any, labels: Any, splits: Any, true_labels: Any, classes: Any, columns: int | None) -> Given:
    """What was given, checked; nothing is written. columns: of the probabilities, None without. Raises BadInput."""
    beside = {"labels": labels, "splits": splits, "true_labels": true_labels}
    names = None if classes is None else read_classes(classes, columns)
    options = IngestOptions(classes=names or ())
    if isinstance(images, str | os.PathLike):
        _refuse_beside(beside)
        return Given(options, path=os.fspath(images))
    if type(images).__module__.partition(".")[0] == "datasets":
        _refuse_beside(beside)
        if not (hasattr(images, "to_parquet") and hasattr(images, "features") and type(images).__name__ == "Dataset"):
            raise refusal("images", images, "one Dataset, such as images['train']")
        return Given(options, dataset=images)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(images, torch.utils.data.Dataset):
        _refuse_beside({"labels": labels})
        held, labels, own = of_torch(images)
        names = names or own or None
    else:
        held = read_images(images)
    return _beside(held, labels, splits, true_labels, names, columns)


def _beside(
    images: Images, labels: Any, splits: Any, true_labels: Any, names: tuple[str, ...] | None, columns: int | None
) -> Given:
    like = Rows(len(images), "images")
    read = {
        name: read_labels(argument, value, like, classes=names, columns=columns)
        for name, argument, value in (("label", "labels", labels), ("true_label", "true_labels", true_labels))
        if value is not None
    }
    beside = {name: _as_text(one, names) for name, one in read.items()}
    if splits is not None:
        beside["split"] = texts("splits", splits, SPLITS, like).tolist()
    known = names or (tuple(map(str, range(columns))) if columns is not None else None)
    found = {one for column in ("label", "true_label") for one in beside.get(column, ()) if one is not None}
    keys: dict[str, Any] = {f"{column}_key": column for column in beside}
    options = IngestOptions(
        image_key="image", classes=known or class_order(found), labels_are=NAMES if "label" in beside else "",
        roots=(images.root,) if images.paths else (), **keys,
    )  # fmt: skip
    return Given(options, images=images, columns=beside)


def _as_text(labels: GivenLabels, names: tuple[str, ...] | None) -> list[str | None]:
    called = names if names is not None and not labels.text else tuple(map(str, labels.classes))
    return [None if code == UNLABELLED else called[code] for code in labels.codes.tolist()]


def _refuse_beside(beside: dict[str, Any]) -> None:
    for name, value in beside.items():
        if value is not None:
            raise refusal(name, value, SAYS_ITSELF)
