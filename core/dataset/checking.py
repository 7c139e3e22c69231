"""Opening every image once, in parallel: hash, facts, thumbnail, or the reason why not."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ..images.pixels import THUMBNAIL, Checked, PixelSource, Refusal, content_hash, examine, thumbnail_webp
from .model import Candidate

BATCH = 64  # images per task: enough to make a task's cost vanish, few enough for a smooth progress bar


@dataclass(frozen=True, slots=True)
class Opened:
    """An image that is whole. bytes: as stored (of an array, its pixels)."""

    facts: Checked
    content_hash: str
    bytes: int


Outcome = Opened | Refusal
Thumbnails = list[tuple[str, bytes]]


def check_images(
    candidates: Sequence[Candidate],
    *,
    on_thumbnails: Callable[[Thumbnails], None],
    known_thumbnails: set[str],
    progress: Callable[[int, int], None],
    workers: int | None,
) -> list[Outcome]:
    """One outcome per candidate, in their order whatever the number of workers.

    Threads do: reading, decoding, hashing and WebP all leave Python's lock. The callbacks run in the calling thread;
    on_thumbnails gets (content hash, WebP) of images that known_thumbnails lacks, and the hashes are added to it.
    """
    count = workers or min(32, os.cpu_count() or 1)
    source = PixelSource([candidate.path for candidate in candidates], [candidate.row for candidate in candidates])
    starts = iter(range(0, len(candidates), BATCH))
    waiting: deque[Future[tuple[list[Outcome], Thumbnails]]] = deque()
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(count, thread_name_prefix="ingest") as threads:
        try:
            while True:
                while len(waiting) < 2 * count and (start := next(starts, None)) is not None:
                    batch = range(start, min(start + BATCH, len(candidates)))
                    waiting.append(threads.submit(_check_batch, source, batch, known_thumbnails))
                if not waiting:
                    return outcomes
                found, thumbnails = waiting.popleft().result()
                outcomes += found
                if thumbnails:
                    on_thumbnails(thumbnails)
                    known_thumbnails.update(key for key, _ in thumbnails)
                progress(len(outcomes), len(candidates))
        finally:
            threads.shutdown(cancel_futures=True)


def _check_batch(source: PixelSource, batch: range, known: set[str]) -> tuple[list[Outcome], Thumbnails]:
    outcomes: list[Outcome] = []
    thumbnails: Thumbnails = []
    for i in batch:
        try:
            stored = source.read(i)
            key = content_hash(stored)
            facts, rgb = examine(stored, at_least=2 * THUMBNAIL)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        if key not in known:
            thumbnails.append((key, thumbnail_webp(rgb)))
        outcomes.append(Opened(facts, key, len(stored) if isinstance(stored, bytes) else stored.nbytes))
    return outcomes, thumbnails
