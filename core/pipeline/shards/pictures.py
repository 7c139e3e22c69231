"""The images of a shard as a model sees them, so many at a time: decoded once, for whatever is computed of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ...encoders.embed_rows import UNREADABLE
from ...engines.local import Batch, plan_batches, run_batches
from ...errors import BadInput
from ...training.pixels import Pixels, Transform, to_square
from ...types import Ints
from .checked import checked, usable_rows
from .folder import ShardFolder
from .reached import within_reach

UNIT = 512
"""Images in memory together: 77 MB at 224 pixels, and as many again that are decoded meanwhile. A fixed number, so that
what is computed of a shard depends on the shard alone."""
Made = TypeVar("Made")


def by_units(
    folder: ShardFolder, ingest: str, number: int, size: int, transform: Transform,
    compute: Callable[[Ints, Pixels], Made], keep: Callable[[Ints, Made], None],
) -> dict[int, str]:  # fmt: skip
    """Decode every usable image of a shard, and have each unit of them computed and kept, in order.

    ingest: the name of the stage that opened them. size, transform: as `to_square` takes them. compute: of (b,) rows of
    the items and their (b, size, size, 3) uint8. An image that cannot be read any more does not hold up the others:
    row -> reason of those is returned. Raises Unreachable where not an image is out of reach, but its place.
    """
    items, facts = checked(folder, ingest, number)
    usable = np.flatnonzero(usable_rows(facts))
    missing: dict[int, str] = {}
    with within_reach(items, facts["content_hash"], folder.roots) as images:

        def load(batch: Batch) -> tuple[Ints, Pixels]:
            read, pixels = [], []
            for row in usable[batch.start : batch.stop].tolist():
                try:
                    pixels.append(np.asarray(to_square(images.rgb(row), size, transform), np.uint8))
                    read.append(row)
                except UNREADABLE as error:
                    missing[row] = error.message if isinstance(error, BadInput) else str(error)
            return np.array(read, np.int64), np.array(pixels, np.uint8).reshape(-1, size, size, 3)

        def made(loaded: tuple[Ints, Pixels]) -> tuple[Ints, Made] | None:
            return (loaded[0], compute(*loaded)) if len(loaded[0]) else None

        def kept(_: Batch, computed: tuple[Ints, Made] | None) -> None:
            if computed is not None:
                keep(*computed)

        run_batches(plan_batches(len(usable), UNIT), load, made, kept, workers=1)
    return missing
