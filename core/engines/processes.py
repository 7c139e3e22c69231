"""Processes of this machine that do jobs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from ..processes.children import start_function
from .driving import Workers
from .jobs import ALONE, AtWork, Job, JobOutcome, Work


class ShardProcess:
    """A `Worker` that is a process."""

    def __init__(self) -> None:
        self.pipe, theirs = Pipe()
        before = {name: os.environ.get(name) for name in ALONE}
        os.environ.update(ALONE)
        try:
            self.process = start_function(serve, theirs)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        theirs.close()

    def send(self, work: Work, job: Job) -> bool:
        """See `Worker`."""
        if not self.process.is_alive():
            return False
        try:
            self.pipe.send((work, job))
        except OSError:  # it died since it was looked at
            return False
        return True

    def outcome(self) -> JobOutcome | None:
        """See `Worker`."""
        try:
            told: JobOutcome = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            return None
        return told

    def ending(self) -> str:
        """See `Worker`."""
        code = self.process.exitcode
        how = f"by signal {-code} (out of memory, if nobody sent it)" if code and code < 0 else f"with exit code {code}"
        return f"its process ended {how}"

    def end(self) -> None:
        """See `Worker`."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class ShardProcesses(Workers[ShardProcess]):
    """`Workers` that are processes: there is one as soon as one is wanted."""

    def ready(self, wanted: int) -> bool:
        """See `Workers`."""
        return True

    def begin(self, work: Work, job: Job) -> ShardProcess:
        """See `Workers`."""
        idle = self._begun_by_idle(work, job)
        if idle is not None:
            return idle
        process = ShardProcess()
        process.send(work, job)  # where it is dead already, it has no outcome, as if the job had killed it
        return process

    def wait(self, busy: Sequence[ShardProcess], seconds: float) -> list[ShardProcess]:
        """See `Workers`."""
        if not busy:
            return []
        heard = wait([process.pipe for process in busy], seconds)
        return [process for process in busy if process.pipe in heard]


def serve(pipe: Connection) -> None:
    """Do what is sent, until the parent ends this process."""
    at_work = AtWork()
    while True:
        pipe.send(at_work.outcome(*pipe.recv()))
