"""The worker's client, without PyTorch: starts the process when it is first needed and asks it one thing at a time.

One worker serves a whole dashboard. A request that fails raises what the worker said; a worker that crashed, hung or
went home after an idle while is started again by the next request.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, cast

from ..errors import HardlookError
from ..processes.children import start
from .messages import BrokenFrame, Frame, read_frame, write_frame

IDLE_SECONDS = 600.0
TIMEOUT = 300.0  # seconds for one request: loading a large encoder from a slow disk has been seen to need 60

WORKER = str(__package__).removesuffix("worker") + "pipeline.worker.process"
"""What the process runs, by the name this package has: `core` in a checkout, `hardlook.core` where installed."""

Say = Callable[[str, int, int], None]
"""Called with what is being done, how far it is, and of how much; 0 of 0 where that is not known."""


class WorkerFailed(HardlookError):
    """The worker ended, hung or spoke nonsense; the next request starts another."""


class WorkerClient:
    """One child process, at most, and a lock: requests of several threads wait for each other.

    command: what is started, by default this package's worker with `idle_seconds`.
    """

    def __init__(self, command: Sequence[str] | None = None, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._command = command or [sys.executable, "-P", "-m", WORKER, str(idle_seconds)]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: SimpleQueue[Frame | None] = SimpleQueue()
        self._number = 0

    @property
    def process_id(self) -> int | None:
        """Of the running child, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def ask(self, request: str, frame: Frame, *, say: Say, timeout: float = TIMEOUT) -> Frame:
        """The worker's answer to a request. timeout: seconds from when its turn comes.

        Raises the HardlookError that the worker answered with, or WorkerFailed.
        """
        if not self._lock.acquire(blocking=False):
            say("Waiting for an earlier request", 0, 0)
            self._lock.acquire()
        try:
            deadline = time.monotonic() + timeout
            fresh = self._start_if_needed(say)
            answer = self._exchange(request, frame, say, deadline)
            if answer is None and not fresh and self._ended_idle():
                # It went home between our look at it and our words; a fresh one has never been idle.
                self._start_if_needed(say)
                answer = self._exchange(request, frame, say, deadline)
            if answer is None:
                raise self._crashed(request)
        finally:
            self._lock.release()
        if answer.message.get("kind") == "error":
            raise HardlookError(str(answer.message.get("message")), str(answer.message.get("hint", "")))
        return answer

    def stop(self) -> None:
        """End the child, if there is one, and wait for it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        with suppress(OSError):  # what was not sent yet has nobody to go to
            cast(BinaryIO, process.stdin).close()

    def _start_if_needed(self, say: Say) -> bool:
        """Whether a child was started."""
        if self.process_id is not None:
            return False
        self.stop()
        say("Starting the worker", 0, 0)
        self._process = start(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment())
        self._answers = SimpleQueue()
        # A thread that waits for answers, because a pipe cannot be read with a time-out.
        arguments = (cast(BinaryIO, self._process.stdout), self._answers)
        threading.Thread(target=_listen, args=arguments, name="worker answers", daemon=True).start()
        return True

    def _exchange(self, request: str, frame: Frame, say: Say, deadline: float) -> Frame | None:
        """Send a request and wait for its result or error; None if the child ended before it answered."""
        self._number += 1
        process = cast("subprocess.Popen[bytes]", self._process)
        message = {**frame.message, "request": request, "number": self._number}
        try:
            write_frame(cast(BinaryIO, process.stdin), Frame(message, frame.arrays))
        except OSError:
            return None
        while True:
            try:
                answer = self._answers.get(timeout=max(deadline - time.monotonic(), 0))
            except Empty:
                self.stop()
                raise WorkerFailed(
                    f"The worker did not finish {request!r} in time and was ended.",
                    "Try again; on a busy machine the first request, which loads the model, takes longest.",
                ) from None
            if answer is None:
                return None
            said = answer.message
            if said.get("number") == self._number:
                if said.get("kind") != "progress":
                    return answer
                say(str(said["doing"]), int(said["done"]), int(said["total"]))

    def _ended_idle(self) -> bool:
        process = cast("subprocess.Popen[bytes]", self._process)
        return process.wait() == 0

    def _crashed(self, request: str) -> WorkerFailed:
        process = cast("subprocess.Popen[bytes]", self._process)
        if process.poll() is None:  # it lives, but what it wrote was no frame
            process.kill()
        code = process.wait()
        killed = "; the machine may be out of memory" if code == -9 else ""
        how = f"by signal {-code}{killed}" if code < 0 else f"with exit code {code}"
        return WorkerFailed(
            f"The worker ended {how} during {request!r}.", "Try again: another is started. Its log is the dashboard's."
        )


def _listen(stream: BinaryIO, answers: SimpleQueue[Frame | None]) -> None:
    """Hand on frames until the stream ends or breaks, then None."""
    with stream, suppress(BrokenFrame, OSError):  # whoever waits is told by the None
        while (frame := read_frame(stream)) is not None:
            answers.put(frame)
    answers.put(None)


def _environment() -> Mapping[str, str]:
    """Ours, with this package importable by the name it has here, and threads that wait as in the command."""
    top = Path(__file__).resolve().parents[len(str(__package__).split("."))]
    paths = [str(top), os.environ.get("PYTHONPATH", "")]
    waiting = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"}
    return {**waiting, **os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


@cache
def shared_worker() -> WorkerClient:
    """The one of this process."""
    return WorkerClient()


def quiet(doing: str, done: int, total: int) -> None:
    """A `Say` for callers that show nothing."""


def ask_worker(request: str, *, say: Say = quiet, arrays: Mapping[str, Any] | None = None, **arguments: Any) -> Frame:
    """Ask the shared worker. arguments: JSON values. Raises HardlookError."""
    return shared_worker().ask(request, Frame(arguments, arrays or {}), say=say)
