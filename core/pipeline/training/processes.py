"""Training runs in processes side by side, each with one thread or one GPU.

On two cores, two networks side by side with a thread each train in less time than one after the other with two
threads: the operations of small networks are too short to share. A process stays for many runs, because loading torch
takes seconds. A run that was killed goes on after its last whole epoch.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from ...errors import OF_THE_MACHINE, HardlookError
from ...processes.children import start_function
from ...processes.cores import THREADS_VARIABLE
from ...progress import Advance
from ...store.audit import Audit
from .request import TrainRequest

TELL_EVERY = 0.25  # seconds between two words of a worker about its steps


@dataclass(frozen=True)
class Steps:
    """A worker's run has come so far."""

    done: int
    total: int


@dataclass(frozen=True)
class Ended:
    """A worker's run is over. error: what stopped it, "" if nothing did. kind: of error that it was."""

    error: str = ""
    hint: str = ""
    kind: type[HardlookError] = HardlookError

    def refuse_machine(self) -> None:
        """Raise what stopped it where that would stop every other run on this machine."""
        if issubclass(self.kind, OF_THE_MACHINE):
            raise self.kind(self.error, self.hint)


class TrainingProcess:
    """A process that trains what it is sent, one run after the other."""

    def __init__(self, audit: Audit, device: str) -> None:
        self.pipe, theirs = Pipe()
        self.process = start_function(serve, audit.path, device, theirs)
        theirs.close()

    def send(self, request: TrainRequest) -> None:
        """Start a run."""
        self.pipe.send(request)

    def end(self) -> None:
        """End the process now; a run in it goes on another time."""
        self.process.terminate()
        self.process.join()
        self.pipe.close()


def serve(folder: Path, device: str, pipe: Connection) -> None:
    """What a worker does: train each request, and tell the parent. device: this process's own."""
    os.environ[THREADS_VARIABLE] = "1"
    from dataclasses import replace

    from .train import prepare, train_prepared

    audit = Audit(folder)
    while True:
        request: TrainRequest = pipe.recv()
        reporter = Telling(pipe)
        try:
            train_prepared(audit, prepare(audit, reporter, replace(request, device=device)), reporter)
            pipe.send(Ended())
        except HardlookError as error:
            error.name_audit(audit.name)
            pipe.send(Ended(error.message, error.hint, type(error)))


class Telling:
    """A reporter whose bar is the parent's; the parent has said the rest already."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._last = pipe, 0.0

    def say(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """Nothing."""

    @contextmanager
    def bar(self, what: str, unit: str = "images") -> Iterator[Advance]:
        """Steps of training are told to the parent now and then."""
        yield self._tell if unit == "steps" else lambda done, total: None

    def _tell(self, done: int, total: int) -> None:
        if time.monotonic() - self._last > TELL_EVERY or done == total:
            self._last = time.monotonic()
            self._pipe.send(Steps(done, total))


def train_side_by_side(
    audit: Audit, devices: list[str], following: Callable[[], Any], *, told: Callable[[Any, Steps | Ended], None]
) -> None:
    """Train what `following` gives until it gives None while no worker is busy.

    devices: of each worker, as many workers as there are. following: the next (job, request), or None where there is
    none, or none yet. told: called with the job as it goes on and ends. A worker that dies ends its job with an error
    and is replaced. On the way out, also by Ctrl-C, all of them are ended.
    """
    idle: list[tuple[str, TrainingProcess | None]] = [(device, None) for device in reversed(devices)]
    busy: dict[Connection, tuple[str, TrainingProcess, Any]] = {}
    try:
        while True:
            while idle and (found := following()) is not None:
                device, free = idle.pop()
                job, request = found
                worker = free or TrainingProcess(audit, device)
                worker.send(request)
                busy[worker.pipe] = (device, worker, job)
            if not busy:
                return
            for pipe in wait(list(busy)):
                device, worker, job = busy[pipe]  # type: ignore[index]
                try:
                    message = worker.pipe.recv()
                except (EOFError, ConnectionResetError):
                    worker.process.join()
                    message, kept = Ended(_died(worker.process.exitcode)), None
                else:
                    kept = worker
                if isinstance(message, Ended):
                    del busy[worker.pipe]
                    idle.append((device, kept))
                told(job, message)
    finally:
        for worker in (*(each for _, each, _ in busy.values()), *(each for _, each in idle if each)):
            worker.end()


def _died(code: int | None) -> str:
    how = f"by signal {-code} (out of memory, if nobody sent it)" if code and code < 0 else f"with exit code {code}"
    return f"its process ended {how}"
