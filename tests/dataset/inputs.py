"""Small inputs for the tests of ingest, and what is read of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.dataset import Dataset, IngestOptions, read_dataset

PETS = ["cat", "dog"] * 4
"""Labels of eight images."""


def picture(i: int = 0, label: int = 0) -> bytes:
    """A PNG of 8 × 8 pixels, another one for each i."""
    out = BytesIO()
    Image.new("RGB", (8, 8), (i % 256, 40 * (label % 6), i // 256)).save(out, "PNG")
    return out.getvalue()


def pictures(folder: Path, n: int, ending: str = ".png") -> list[str]:
    """n images below `folder` and their paths relative to it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "img").mkdir(exist_ok=True)
    names = [f"img/{i:03d}{ending}" for i in range(n)]
    for i, name in enumerate(names):
        (folder / name).write_bytes(picture(i))
    return names


def pixels(n: int) -> np.ndarray[Any, Any]:
    """(n, 8, 8, 3) uint8, each image another one."""
    return np.random.default_rng(0).integers(0, 255, (n, 8, 8, 3)).astype(np.uint8)


def write_csv(file: Path, header: Sequence[str], rows: Sequence[Sequence[object]], mark: str = ",") -> Path:
    """A table without quotes, for cells that need none."""
    lines = [mark.join(header), *(mark.join(map(str, row)) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def write_jsonl(file: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """One object a line."""
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


def read(source: Path | str, *, workers: int | None = 1, **options: Any) -> Dataset:
    """What an ingest makes of an input."""
    return read_dataset(
        str(source), IngestOptions(**options), on_thumbnails=lambda _: None, known_thumbnails=set(),
        progress=lambda _done, _all: None, workers=workers,
    )  # fmt: skip


def labels(dataset: Dataset) -> list[str | None]:
    """Class names of the images, in key order."""
    return [None if label is None else dataset.classes[label] for label in dataset.images["label"].to_pylist()]


def splits(dataset: Dataset) -> list[str]:
    """Splits of the images, in key order."""
    return [str(split) for split in dataset.images["split"].to_pylist()]


def lines(dataset: Dataset) -> str:
    """All that is said of the reading, with the options."""
    return "\n".join(f"{line.about}: {line.text} {line.option}" for line in dataset.understood)


def accounted(dataset: Dataset) -> bool:
    """Whether everything found is kept, refused or passed over."""
    passed = sum(one.count for one in dataset.passed_over)
    return bool(dataset.found == dataset.images.num_rows + len(dataset.refused) + passed)
