"""Opening every image once, in parallel: hash, facts, thumbnail, or the reason why not.

Images deeper than 8 bits are opened twice: what black and white are in them shows only when all have been seen.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from ..images.limits import largest
from ..images.pixels import THUMBNAIL, Checked, PixelSource, Refusal, content_hash, examine, thumbnail_webp
from ..images.ranges import Levels, PixelRange, own_range, with_range
from ..images.roots import Roots
from .model import Candidate, Understood
from .pixel_range import DARK, SetRange, judge

BATCH = 64  # images per task: enough to make a task's cost vanish, few enough for a smooth progress bar
GLANCES = 8  # pixels on the diagonal that are looked at first to tell that an image of 8 bits is not all dark


@dataclass(frozen=True, slots=True)
class Opened:
    """An image that is whole. content_hash: of what is stored, with the range where the set decides it (`with_range`).

    bytes: as stored (of an array, its pixels). brightest: the highest value of an image of 8 bits, where it is dark;
    of another image any high one.
    """

    facts: Checked
    content_hash: str
    bytes: int
    brightest: int = 255


Outcome = Opened | Refusal
Thumbnails = list[tuple[str, bytes]]
Batch = tuple[list[Outcome], Thumbnails]


def check_images(
    candidates: Sequence[Candidate],
    pixel_range: tuple[float, float] | Literal["each"] | None = None,
    *,
    on_thumbnails: Callable[[Thumbnails], None] | None,
    known_thumbnails: set[str],
    progress: Callable[[int, int], None],
    workers: int | None,
    roots: Roots | None = None,
) -> tuple[list[Outcome], tuple[Understood, ...]]:
    """One outcome per candidate, in their order whatever the number of workers, and what is said of their pixels.

    Threads do: reading, decoding, hashing and WebP all leave Python's lock. The callbacks run in the calling thread;
    on_thumbnails gets (content hash, WebP) of images that known_thumbnails lacks, and the hashes are added to it; None
    where no thumbnail is wanted, and none is made. roots: where they may lie, where that was not asked before.
    Raises TwoReadings where pixels of two scales are mixed and pixel_range does not say what to do.
    """
    largest()  # a wrong limit is the caller's to mend, and no fault of each image
    places = [candidate.path for candidate in candidates], [candidate.row for candidate in candidates]
    source = PixelSource(*places, roots=roots)
    given = PixelRange(*pixel_range) if isinstance(pixel_range, tuple) else pixel_range

    def opened(rows: Sequence[int], ranges: SetRange | None, before: Sequence[Outcome], extra: int) -> list[Outcome]:
        def batch(part: Sequence[int]) -> Batch:
            return _check_batch(source, part, None if on_thumbnails is None else known_thumbnails, ranges, before)

        outcomes: list[Outcome] = []
        for found, thumbnails in _in_parallel(batch, rows, workers):
            outcomes += found
            if on_thumbnails is not None and thumbnails:
                on_thumbnails(thumbnails)
                known_thumbnails.update(key for key, _ in thumbnails)
            progress(extra + len(outcomes), extra + len(rows))
        return outcomes

    outcomes = opened(range(len(candidates)), None, (), 0)
    ranges = judge(((one.facts.levels, one.brightest) for one in outcomes if isinstance(one, Opened)), given)
    again = [i for i, one in enumerate(outcomes) if isinstance(one, Opened) and ranges.of(one.facts.levels) is not None]
    for i, outcome in zip(again, opened(again, ranges, outcomes, len(candidates)) if again else (), strict=True):
        outcomes[i] = outcome
    return outcomes, ranges.understood


def _in_parallel(batch: Callable[[Sequence[int]], Batch], rows: Sequence[int], workers: int | None) -> Iterator[Batch]:
    """The batches of rows, done by threads and handed on in order."""
    count = workers or min(32, os.cpu_count() or 1)
    starts = iter(range(0, len(rows), BATCH))
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(count, thread_name_prefix="ingest") as threads:
        try:
            while True:
                while len(waiting) < 2 * count and (start := next(starts, None)) is not None:
                    waiting.append(threads.submit(batch, rows[start : start + BATCH]))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)


def _check_batch(
    source: PixelSource, rows: Sequence[int], known: set[str] | None, ranges: SetRange | None, before: Sequence[Outcome]
) -> Batch:
    """known: hashes with a thumbnail, None where none is wanted. ranges: of the set, None while it is not judged; then
    images deeper than 8 bits get no thumbnail yet."""
    outcomes: list[Outcome] = []
    thumbnails: Thumbnails = []
    for i in rows:
        first = before[i] if ranges is not None else None
        shown = ranges.of(first.facts.levels) if ranges is not None and isinstance(first, Opened) else None
        try:
            stored = source.read(i)
            key = content_hash(stored)
            facts, rgb = examine(stored, at_least=2 * THUMBNAIL, shown=shown)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if shown is not None and not _shown_anyway(facts.levels, shown):
            key = with_range(key, shown)
        if known is not None and key not in known and (facts.levels is None or shown is not None):
            thumbnails.append((key, thumbnail_webp(rgb)))
        size = len(stored) if isinstance(stored, bytes) else stored.nbytes
        outcomes.append(Opened(facts, key, size, _brightest(rgb)))
    return outcomes, thumbnails


def _shown_anyway(levels: Levels | None, shown: PixelRange) -> bool:
    """Whether an image is shown in this range without being told, so that its hash needs no word of it."""
    if levels is None or levels.stored.startswith("uint32"):
        return False  # Pillow, which reads 32 bits alone, takes them for signed
    return shown == own_range(levels)


def _brightest(rgb: Image.Image) -> int:
    """The highest value of any channel, exact where it is low; one bright pixel of a few tells the others at once."""
    for step in range(1, GLANCES):
        glance = rgb.getpixel((rgb.width * step // GLANCES, rgb.height * step // GLANCES))
        if (highest := max(glance)) > DARK * 255:  # type: ignore[arg-type]
            return int(highest)
    return max(int(high) for _, high in rgb.getextrema())  # type: ignore[misc]
