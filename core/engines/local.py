"""Batches on this machine: images are decoded by threads while the main thread computes on those decoded before.

Decoding releases the interpreter's lock and so does the network, so threads suffice; nothing is pickled. A batch is a
fixed range of rows: the same rows are computed together whether or not the work was interrupted, so a resumed run
equals an uninterrupted one bit for bit.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

import numpy as np

Loaded = TypeVar("Loaded")
Computed = TypeVar("Computed")
Progress = Callable[[int, int], None]

MOST_WORKERS = 16
UNIT = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True)
class Batch:
    """Rows start..stop-1."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def unit(self) -> str:
        """The batch's name in a run's record of finished units."""
        return f"{self.start}-{self.stop}"


def plan_batches(n: int, size: int, finished: Iterable[str] = ()) -> list[Batch]:
    """The batches that cover rows 0..n-1 less those of the finished units, cut at multiples of `size`.

    finished: names of units; those that are not a batch's are passed over.
    With the size that the finished units were made with, these are exactly the batches that are left; with another
    size no row is done twice and none is left out.
    """
    done = np.zeros(n, dtype=bool)
    for unit in finished:
        if match := UNIT.fullmatch(unit):
            done[int(match[1]) : int(match[2])] = True
    batches = []
    for start in range(0, n, size):
        part = ~done[start : start + size]
        # Where the remaining rows of this range begin (+1) and end (-1).
        edges = np.diff(np.concatenate(([0], part.astype(np.int8), [0])))
        begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        batches += [Batch(start + int(a), start + int(b)) for a, b in zip(begins, ends, strict=True)]
    return batches


def default_workers() -> int:
    """Decoding threads: one per core this process may use, at most 16."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


def run_batches(
    batches: Sequence[Batch],
    load: Callable[[Batch], Loaded],
    compute: Callable[[Loaded], Computed],
    commit: Callable[[Batch, Computed], None],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Load every batch in a thread, compute and commit it in this one, in order.

    At most `workers` + 1 batches are loaded ahead, so memory does not grow with the data. progress: called with (rows
    committed, rows in all) after each commit. An exception of any of the three functions ends the work with a note
    that names the rows; Ctrl-C does too, but never in the middle of a commit. What is committed stays so.
    """
    workers = workers or default_workers()
    total, done = sum(map(len, batches)), 0
    waiting: deque[tuple[Batch, Future[Loaded]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    try:
        ahead = iter(batches)
        for batch in ahead:
            waiting.append((batch, pool.submit(load, batch)))
            if len(waiting) > workers:
                break
        while waiting:
            batch, future = waiting.popleft()
            with _named(batch):
                loaded = future.result()
                for following in ahead:
                    waiting.append((following, pool.submit(load, following)))
                    break
                computed = compute(loaded)
                with interrupts_held():
                    commit(batch, computed)
            done += len(batch)
            if progress:
                progress(done, total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _named(batch: Batch) -> Iterator[None]:
    """Say in an exception's notes which rows it came from."""
    try:
        yield
    except Exception as error:
        error.add_note(f"(rows {batch.start} to {batch.stop - 1})")
        raise


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Keep Ctrl-C waiting until the block has ended. Only the main thread can; elsewhere signals do not arrive."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed and callable(before):
        before(*pressed[0])
