"""Work that a page waits for without standing still: started once whoever asks, looked at again until it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, Generic, TypeVar, cast

Say = Callable[[str, int, int], None]
T = TypeVar("T")

AT_ONCE = 4  # threads; those that need the worker wait for each other there


class BackgroundJob(Generic[T]):
    """One piece of work in the background. doing: what it says it does; share: 0..1, None where that is not known."""

    def __init__(self) -> None:
        self.doing = "Starting"
        self.share: float | None = None
        self._future: Future[T] | None = None

    @property
    def done(self) -> bool:
        """Whether there is a result or an error."""
        return self._future is not None and self._future.done()

    def result(self) -> T:
        """What the work gave; waits for it. Raises what the work raised."""
        return cast("Future[T]", self._future).result()

    def say(self, doing: str, done: int, total: int) -> None:
        """Take note of how far it is."""
        self.doing, self.share = doing, min(done / total, 1.0) if total else None


class BackgroundJobs:
    """Running jobs by key. Who asks for one that runs already gets that one; a finished one is not kept."""

    def __init__(self) -> None:
        self._running: dict[str, BackgroundJob[Any]] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="job")

    def start(self, key: str, work: Callable[[Say], T]) -> BackgroundJob[T]:
        """The job of that key, started if it does not run. work: called with where to say what it does."""
        with self._lock:
            if key in self._running:
                return self._running[key]
            job: BackgroundJob[T] = BackgroundJob()
            self._running[key] = job
            job._future = self._threads.submit(self._run, key, job, work)
            return job

    def _run(self, key: str, job: BackgroundJob[T], work: Callable[[Say], T]) -> T:
        try:
            return work(job.say)
        finally:
            with self._lock:
                del self._running[key]


@cache
def shared_jobs() -> BackgroundJobs:
    """Those of this process."""
    return BackgroundJobs()
