"""Small coloured pictures on disk, and a reporter that remembers what was said: for tests of whole steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from core.progress import Advance

COLOURS = ("red", "green", "blue")


class Heard:
    """A reporter that remembers what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @property
    def text(self) -> str:
        """Everything said."""
        return "\n".join(self.lines)

    def say(self, text: str) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(f"warning: {text}")

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        yield lambda done, total: None


def write_images(folder: Path, per_class: int, seed: int = 0, size: int = 20) -> None:
    """An image folder of three classes, each brightest in its own channel: `red/0-0.png` and so on."""
    generator = np.random.default_rng(seed)
    for channel, name in enumerate(COLOURS):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(per_class):
            pixels = generator.integers(0, 120, (size, size, 3), dtype=np.uint8)
            pixels[:, :, channel] += 100
            Image.fromarray(pixels).save(folder / name / f"{seed}-{i}.png")


def write_halves(folder: Path, per_class: int, size: int = 20) -> Path:
    """The folder, with `write_images` of other pictures below `train` and below `test`."""
    for seed, split in enumerate(("train", "test")):
        write_images(folder / split, per_class, seed=seed, size=size)
    return folder
