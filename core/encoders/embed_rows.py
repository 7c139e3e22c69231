"""From rows to vectors: read, prepare and encode images in batches, and hand each batch on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from ..engines.local import Batch, Progress, plan_batches, run_batches
from ..errors import BadInput
from ..types import Ints
from .protocol import Encoder, Pixels, Vectors

UNREADABLE = (BadInput, OSError, ValueError)
"""A file that vanished or went bad since it was ingested: `PixelSource` raises the first, Pillow the others. What is of
this machine, a place out of reach or a package that is not installed, is none of these: no image is to blame."""


class Pictures(Protocol):
    """Where images come from; `core.images.pixels.PixelSource` is one."""

    def rgb(self, index: int, /) -> Image.Image:
        """The image of that index, RGB, full size."""


@dataclass(frozen=True)
class Augmentation:
    """One seeded pass of crop and flip over the images; "five augmented runs" are passes 0 to 4 (docs/methods.md, 1).

    What an image becomes depends on (seed, pass, its index) alone, not on batches or order. Our reading of the paper's
    "crop and flip": a window of seven eighths of each side at a random place, mirrored half the time.
    """

    seed: int
    number: int = 0
    share: float = 7 / 8

    def __call__(self, image: Image.Image, index: int) -> Image.Image:
        """The augmented image."""
        rng = np.random.default_rng([self.seed, self.number, index])
        width, height = (max(round(side * self.share), 1) for side in image.size)
        left = int(rng.integers(image.width - width + 1))
        top = int(rng.integers(image.height - height + 1))
        window = image.crop((left, top, left + width, top + height))
        return window.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else window


Commit = Callable[[str, Ints, Vectors], None]
"""Called with a unit's name, its (b,) indices and their (b, d) float32 vectors."""


def embed_rows(
    encoder: Encoder,
    source: Pictures,
    indices: Ints,
    *,
    commit: Commit,
    batch_size: int | None = None,
    workers: int | None = None,
    finished: Iterable[str] = (),
    augment: Augmentation | None = None,
    progress: Progress | None = None,
    others: bool = False,
) -> dict[int, str]:
    """Encode the images of those indices and commit them batch by batch, in order.

    indices: (n,) int, what `source` calls the images. finished: units committed before by a call with the same
    indices; they are not done again. batch_size: the encoder's own by default. progress: (done, total) of this call.
    others: whether there are vectors of other images, so that the fault is of these alone.
    An image that cannot be read gets a vector of NaN and does not hold up the others. Returns index -> reason for
    those of this call. Raises Unreachable where that is no fault of an image, and BadInput where not one can be read:
    nothing is committed then, so that the same call does all once their file or disk is mended.
    """
    failures: dict[int, str] = {}
    held: list[tuple[str, Ints]] = []  # batches before the first image that can be read
    size = batch_size or encoder.batch_size
    batches = plan_batches(len(indices), size, finished)
    any_read = others or len(batches) < len(plan_batches(len(indices), size))

    def load(batch: Batch) -> tuple[Pixels, dict[int, str]]:
        pixels = np.zeros((len(batch), encoder.image_size, encoder.image_size, 3), np.uint8)
        unread: dict[int, str] = {}
        for place, index in enumerate(indices[batch.start : batch.stop].tolist()):
            try:
                image = source.rgb(index)
                pixels[place] = encoder.prepare(augment(image, index) if augment else image)
            except UNREADABLE as error:
                unread[index] = error.message if isinstance(error, BadInput) else str(error)
        return pixels, unread

    def compute(loaded: tuple[Pixels, dict[int, str]]) -> tuple[Vectors, dict[int, str]]:
        pixels, unread = loaded
        return encoder.encode(pixels), unread

    def keep(batch: Batch, computed: tuple[Vectors, dict[int, str]]) -> None:
        nonlocal any_read
        vectors, unread = computed
        rows = indices[batch.start : batch.stop]
        failures.update(unread)
        if not any_read and len(unread) == len(rows):
            held.append((batch.unit, rows))
            return
        any_read = True
        while held:
            unit, missing = held.pop(0)
            commit(unit, missing, np.full((len(missing), encoder.dimension), np.nan, np.float32))
        if unread:
            vectors = np.where(np.isin(rows, list(unread))[:, None], np.float32(np.nan), vectors)
        commit(batch.unit, rows, vectors)

    run_batches(batches, load, compute, keep, workers=workers, progress=progress)
    if held:
        raise BadInput(
            f"None of the {len(indices):,} images can be read. {next(iter(failures.values())).rstrip('.')}.",
            "Mend or put back their files; the same command then goes on.",
        )
    return failures
