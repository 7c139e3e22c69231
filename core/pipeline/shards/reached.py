"""Whether images may be opened, and whether they are missing one by one or because their place is out of reach of this
machine: whatever opens images of shards opens them here.

A machine that does not mount the folder of the images, or whose credentials ended, must not leave out every image of
every shard that it takes: the shard fails, is tried again elsewhere, and is named if it fails everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import pyarrow as pa
from PIL import Image

from ...errors import Unreachable
from ...images.containers import Stored
from ...images.filenames import from_text
from ...images.pixels import PixelSource, Refusal
from ...images.refusals import OUTSIDE
from ...images.roots import Roots
from ...remote.address import is_url
from ...remote.systems import system_of
from ...wording import some_of
from .folder import ADVICE, ShardFolder

ABSENT = ("missing file", "forbidden", "read error")
"""Reasons that may be of the place and not of the image."""
READERS = 8
"""Images that are asked for side by side where they lie at URLs: each waits for its answer, and computes nothing."""
Read = TypeVar("Read")


class Watched:
    """Images, with what is remembered of them. absent: those that were not to be had. latest: one that was, whole or
    broken, None so far."""

    def __init__(self, source: PixelSource) -> None:
        self._source = source
        self.absent: list[int] = []
        self.latest: int | None = None

    def rgb(self, index: int, /) -> Image.Image:
        """The image of that index, RGB, full size. Raises as its source does."""
        return self._noted(self._source.rgb, index)

    def read(self, index: int, /) -> Stored:
        """The same as it is stored. Raises as its source does."""
        return self._noted(self._source.read, index)

    def _noted(self, get: Callable[[int], Read], index: int) -> Read:
        try:
            got = get(index)
        except Refusal as error:
            if error.reason in ABSENT:
                self.absent.append(index)
            elif error.reason != OUTSIDE:
                self.latest = index
            raise
        self.latest = index
        return got


def source_of(
    paths: Sequence[str], rows: Sequence[int | None], hashes: Sequence[str] | None, roots: Sequence[str]
) -> PixelSource:
    """The images of items: below the roots that the header of their folder names, and no others, whoever wrote them."""
    return PixelSource(paths, rows, hashes, Roots.recorded(roots))


def said_of_roots(folder: ShardFolder) -> str:
    """Where the images of a folder are looked for, in a line: whoever was sent it sees whom it asks."""
    below = f"below {some_of(folder.roots)}" if folder.roots else "among torchvision's data"
    return f"{folder.name}: images are opened {below}, and nowhere else"


@contextmanager
def within_reach(items: pa.Table, hashes: pa.ChunkedArray, roots: Sequence[str]) -> Iterator[Watched]:
    """The images of these items, to be opened in the block. hashes: what they were when they were first opened.

    roots: where they may lie; one elsewhere is refused. Raises Unreachable at the end of the block where some were
    missing because of their place, see `refuse_unreached`.
    """
    paths = items["path"].to_pylist()
    source = source_of(paths, items["row"].to_pylist(), [value or "" for value in hashes.to_pylist()], roots)
    watched = Watched(source)
    yield watched
    refuse_unreached(source, paths, roots, watched.absent, watched.latest)


def refuse_unreached(
    source: PixelSource, paths: Sequence[str], roots: Sequence[str], absent: Sequence[int], latest: int | None
) -> None:
    """Raise Unreachable where images are missing because of their place.

    paths: of all images, of a shard for one. absent: rows that were not to be had. latest: one that was, if any.
    That is so where a folder that they lie in is not there or empty, where not one of the images is there, where one
    that was there is there no more, and where the first or the last that was not there is there now: their disk was
    gone for a while.
    """
    if not absent:
        return
    for root in roots:
        if not is_url(root) and any(_below(paths[row], root) for row in absent) and not _holds_anything(root):
            raise Unreachable(f"{root}, in which the images lie, is not there or empty on this machine.", ADVICE)
    first = paths[min(absent)]  # whatever the order in which threads read
    if latest is None:
        raise Unreachable(f"Not one of the {len(paths):,} images is to be had on this machine; first {first}.", ADVICE)
    if not _is_there(source, latest):
        raise Unreachable(f"{paths[latest]} was there, and is not to be had any more.", ADVICE)
    for row in {absent[0], absent[-1]}:
        if _is_there(source, row):
            raise Unreachable(f"{paths[row]} was not to be had, and is there again.", "The same command goes on.")


def load_systems(roots: Sequence[str]) -> None:
    """Load what opens these prefixes. Raises ExtraMissing, which is of this machine: no shard is blamed for it."""
    for root in filter(is_url, roots):
        system_of(root)


def readers(paths: Sequence[str]) -> int:
    """Threads that read these images: what they give is the same from one and from many."""
    return READERS if any(map(is_url, paths)) else 1


def _is_there(source: PixelSource, row: int) -> bool:
    """Whether an image can be had now, whole or broken."""
    try:
        source.read(row)
    except Refusal as error:
        return error.reason not in ABSENT
    return True


def _below(path: str, root: str) -> bool:
    return path.startswith(root.rstrip(os.sep) + os.sep)


def _holds_anything(root: str) -> bool:
    try:
        with os.scandir(from_text(root)) as entries:
            return any(True for _ in entries)
    except OSError:
        return False
