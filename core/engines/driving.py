"""Having shards done: the one loop over whoever does jobs, processes of this machine or actors of a cluster.

Workers never see the ledger: they are sent numbers and say what became of them. This claims a shard before, renews the
claim meanwhile, and keeps what went wrong. A worker that dies is replaced, and its shard is done again.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, Self, TypeVar

from ..errors import HardlookError
from ..wording import counted
from .jobs import Job, JobOutcome, Work
from .ledger import LEASE, Ledger, Standing

OUT_OF_REACH = 3  # different shards in a row that could not reach their data: the machine is taken for the cause
LOOK_EVERY = 1.0  # seconds between two looks at what other drivers have done
SILENT = 5.0  # seconds that others are waited for without a word


class Worker(Protocol):
    """Whoever does one job after the other, of whatever work; it has one thread, whatever the machine, so that what a
    shard computes depends on the shard alone."""

    def send(self, work: Work, job: Job) -> bool:
        """Have a job done; whether it was there to hear of it."""

    def outcome(self) -> JobOutcome | None:
        """What became of the job it was sent, once it can be told; None where it died over it."""

    def ending(self) -> str:
        """How it died, in words that follow "it"."""

    def end(self) -> None:
        """End it now."""


AnyWorker = TypeVar("AnyWorker", bound=Worker)


class Workers(ABC, Generic[AnyWorker]):
    """Those of one driver, which stay from stage to stage: to start one takes longer than many a shard.

    A context manager, which ends them. at_most: how many there are at once.
    """

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most
        self._idle: list[AnyWorker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._idle:
            self._idle.pop().end()

    @abstractmethod
    def ready(self, wanted: int) -> bool:
        """Whether one could begin now. wanted: how many would find something to do."""

    @abstractmethod
    def begin(self, work: Work, job: Job) -> AnyWorker | None:
        """One that was idle or is new, with a job; None where there is none after all."""

    @abstractmethod
    def wait(self, busy: Sequence[AnyWorker], seconds: float) -> list[AnyWorker]:
        """Those of which something can be told, as soon as there are any; none after so many seconds."""

    def give_back(self, worker: AnyWorker) -> None:
        """It has nothing to do."""
        self._idle.append(worker)

    def _begun_by_idle(self, work: Work, job: Job) -> AnyWorker | None:
        """An idle one that heard of a job; those that died meanwhile are let go."""
        while self._idle:
            worker = self._idle.pop()
            if worker.send(work, job):
                return worker
            worker.end()
        return None


def run_one(workers: Workers[AnyWorker], work: Work, job: Job) -> str:
    """Have one job done; the text that it gave back. Raises HardlookError with what it said or how its worker ended."""
    worker: AnyWorker | None = None
    while worker is None:
        if workers.ready(1):
            worker = workers.begin(work, job)
        else:
            workers.wait([], LOOK_EVERY)
    told: JobOutcome | None = None
    try:
        told = worker.outcome()
        if told is None:
            raise HardlookError(f"{work.function} failed: {worker.ending()}.", "Run the command again.")
    finally:
        if told is None:
            worker.end()
    workers.give_back(worker)
    if told.error:
        raise told.raised()
    return told.said


def run_shards(
    ledger: Ledger, numbers: Iterable[int], work: Work, workers: Workers[AnyWorker],
    progress: Callable[[Standing], None], waits: Callable[[str], None] = lambda _: None,
) -> None:  # fmt: skip
    """Have every one of these shards done or quarantined, by this driver or another that works on the same folder.

    progress: called with how all shards stand, every second or so, without what was said of failures. waits: called
    with a line that names the claim, where nothing is left to do but to wait for others.
    Raises DiskFull, and HardlookError where a worker cannot begin, or what several different shards in
    a row read is out of reach; what is done stays.
    """
    _Driver(ledger, sorted(numbers), work, workers, progress, waits).run()


class _Driver(Generic[AnyWorker]):
    def __init__(
        self, ledger: Ledger, numbers: list[int], work: Work, workers: Workers[AnyWorker],
        progress: Callable[[Standing], None], waits: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._ledger, self._numbers, self._work, self._progress = ledger, numbers, work, progress
        self._waits, self._waiting = waits, 0.0
        self._workers = workers
        self._busy: dict[AnyWorker, int] = {}
        self._todo: list[int] = []
        self._claimed: frozenset[int] = frozenset()
        self._looked = self._renewed = 0.0
        self._unreached: set[int] = set()  # shards, since the last that could be read
        self._tried: Counter[int] = Counter()  # how often a shard failed here

    def run(self) -> None:
        """Until nothing is left, here or elsewhere."""
        try:
            while self._look() or self._busy:
                self._send_all()
                for worker in self._workers.wait(list(self._busy), LOOK_EVERY):
                    self._hear(worker, self._busy.pop(worker))
                if not self._busy and not self._todo:
                    self._wait_for_others()
                else:
                    self._waiting = 0.0
        finally:
            for worker, number in self._busy.items():
                worker.end()
                self._ledger.release(number)

    def _wait_for_others(self) -> None:
        """Others have what is left: after a while say who, and again as often as they would have to be heard of."""
        now = time.monotonic()
        self._waiting = self._waiting or now + SILENT
        if now >= self._waiting and self._claimed and (held := self._ledger.holder(min(self._claimed))):
            self._waits(f"waiting for {counted(len(self._claimed), 'shard')} that others have; first {held}")
            self._waiting = now + LEASE
        time.sleep(LOOK_EVERY / 10)

    def _look(self) -> bool:
        """Whether any shard is neither done nor quarantined. Now and then by the folder, which others change too."""
        now = time.monotonic()
        if self._busy and now - self._renewed > LEASE / 4:
            self._renewed = now
            self._ledger.renew(list(self._busy.values()))
        if self._todo and now - self._looked < LOOK_EVERY:
            return True
        standing = self._ledger.standing(said=False)
        self._looked = time.monotonic()
        self._progress(standing)
        ours = set(self._busy.values())
        self._claimed = standing.claimed.intersection(self._numbers)
        left = [n for n in self._numbers if n not in standing.done and n not in standing.quarantined]
        todo = [number for number in reversed(left) if number not in ours and number not in standing.claimed]
        # What failed comes last: a machine that fails at once must not use up a shard's attempts while others compute.
        self._todo = sorted(todo, key=lambda number: -self._tried[number])
        return bool(left)

    def _send_all(self) -> None:
        """Have as many shards worked on as there are workers for."""
        while self._todo and (room := self._workers.at_most - len(self._busy)):
            if not self._workers.ready(min(room, len(self._todo))) or (number := self._next()) is None:
                return
            worker: AnyWorker | None = None
            try:
                worker = self._workers.begin(self._work, number)
            finally:
                if worker is None:
                    self._ledger.release(number)
            if worker is None:
                return
            self._busy[worker] = number

    def _next(self) -> int | None:
        """The next shard, claimed; None where none is to be had."""
        while self._todo:
            number = self._todo.pop()
            if self._ledger.claim(number):
                return number
        return None

    def _hear(self, worker: AnyWorker, number: int) -> None:
        """Keep what became of a shard; the worker goes on with another, or is replaced if it died."""
        told = worker.outcome()
        self._tried[number] += told is None or bool(told.error)
        if told is None:
            self._ledger.fail(number, worker.ending())
        elif told.ends:
            worker.end()
            self._ledger.release(number)
            raise told.raised()
        elif told.error:
            self._ledger.fail(number, f"{told.error} {told.hint}".strip(), refused=told.refused)
        self._ledger.release(number)
        if told is None:
            worker.end()
            return
        self._workers.give_back(worker)
        self._unreached = self._unreached | {number} if told.unreached else set()
        if len(self._unreached) == OUT_OF_REACH:
            raise told.raised()
