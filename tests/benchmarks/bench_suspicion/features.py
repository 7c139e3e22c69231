"""Embeddings of the development sets at two sizes, and every choice of layers cut out of them.

The encoder puts each block's part beside the last vector by itself, so what it gives for `4,6,last` is columns of what
it gives for `3,4,5,6,last`: one pass for all choices. A part of another weight is the same numbers times a factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.encoders.blocks import MIDDLE_WEIGHT
from core.types import Floats, Ints

from .sets import DevelopmentSet

SIZES = (128, 224)
LAST = 1280
WIDTHS = {3: 80, 4: 112, 5: 192, 6: 320}  # channels of the embedded encoder's blocks
LAYERS = ",".join([*map(str, WIDTHS), "last"])
AT_ONCE = 64


@dataclass(frozen=True)
class Seen:
    """What is kept of an image: pixels a side, blocks beside the last vector, and their length beside it."""

    size: int
    blocks: tuple[int, ...] = ()
    weight: float = MIDDLE_WEIGHT

    def __str__(self) -> str:
        layers = ",".join([*map(str, self.blocks), "last"])
        return f"{self.size} px, {layers}" + (f", weight {self.weight:g}" if self.weight != MIDDLE_WEIGHT else "")


PLAIN, MIDDLES, LARGE, BEST = Seen(128), Seen(128, (4, 6)), Seen(224), Seen(224, (4, 6))


def file_of(folder: Path, data: str, size: int) -> Path:
    return folder / f"{data.replace(' ', '-').lower()}-{size}.npy"


def embedded(data: DevelopmentSet, folder: Path) -> None:
    """Both sizes as (n, 1984) float32 files in the folder, where they are not there yet."""
    for size in SIZES:
        file = file_of(folder, data.name, size)
        if file.exists() and len(np.load(file, mmap_mode="r")) == len(data.images):
            continue
        from core.encoders import load_encoder

        encoder = load_encoder("embedded", image_size=size, layers=LAYERS)
        parts = []
        for start in range(0, len(data.images), AT_ONCE):
            batch = [encoder.prepare(image) for image in data.images[start : start + AT_ONCE]]
            parts.append(encoder.encode(np.stack(batch)).astype(np.float32))
        np.save(file, np.concatenate(parts))


def features(folder: Path, data: str, rows: Ints, seen: Seen) -> Floats:
    """(n, d) float32 of these images."""
    vectors = np.asarray(np.load(file_of(folder, data, seen.size), mmap_mode="r")[rows])
    starts = dict(zip(WIDTHS, LAST + np.cumsum([0, *list(WIDTHS.values())[:-1]]), strict=True))
    parts = [vectors[:, starts[block] : starts[block] + WIDTHS[block]] for block in seen.blocks]
    factor = np.float32(seen.weight / MIDDLE_WEIGHT)
    return np.concatenate([vectors[:, :LAST], *(factor * part for part in parts)], axis=1)
