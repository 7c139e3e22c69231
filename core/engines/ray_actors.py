"""Ray's actors that do jobs: each is a process with one thread, on whatever machine of a cluster has room for it.

A shard is claimed once an actor is there to do it, so that two drivers of one cluster never wait for each other's. Ray
restarts none and tries nothing again: the ledger counts attempts. Texts and numbers come back, never arrays.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ..errors import BadInput, HardlookError
from ..progress import Reporter
from ..wording import counted
from .driving import Workers
from .jobs import AtWork, Job, JobOutcome, Work
from .ledger import ATTEMPTS
from .ray_session import RaySession

HEARD_WITHIN = 10.0  # seconds that an idle actor has to answer before a job is sent to it
SAY_AFTER = 20.0  # seconds without an actor after which it is said what is waited for


class JobActor:
    """What an actor is. folder: where the driver was started; paths of weights may be relative to it."""

    def __init__(self, folder: str) -> None:
        if os.path.isdir(folder):
            os.chdir(folder)
        self._at_work = AtWork()

    def hello(self) -> tuple[str, str]:
        """On which machine it is, and with which Hardlook."""
        return socket.gethostname(), _installed()

    def outcome(self, work: Work, job: Job) -> JobOutcome:
        """Do a job, and say what became of it; what may be of its machine, with the name of that."""
        told = self._at_work.outcome(work, job)
        return replace(told, error=f"On {socket.gethostname()}: {told.error}") if told.ends or told.unreached else told


class ShardActor:
    """A `Worker` that is an actor. reference: what it is waited for by: its start, then the outcome of its job."""

    def __init__(self, ray: Any, handle: Any, forget: Callable[[ShardActor], None]) -> None:
        self._ray, self._handle, self._forget = ray, handle, forget
        self._ending = ""
        self.reference = handle.hello.remote()

    def started(self) -> bool:
        """Whether it could be started. Raises HardlookError where it would make other files than one here."""
        heard = self._heard(self.reference)
        if heard is None:
            return False
        machine, installed = heard
        if installed != _installed():
            raise HardlookError(
                f"Hardlook is {installed} on {machine} and {_installed()} here, which need not make the same files.",
                "Install the same on every machine.",
            )
        return True

    def send(self, work: Work, job: Job) -> bool:
        """See `Worker`."""
        if self._heard(self._handle.hello.remote(), HEARD_WITHIN) is None:  # it died idle, or its machine is gone
            return False
        self.reference = self._handle.outcome.remote(work, job)
        return True

    def outcome(self) -> JobOutcome | None:
        """See `Worker`."""
        told: JobOutcome | None = self._heard(self.reference)
        return told

    def ending(self) -> str:
        """See `Worker`."""
        return self._ending

    def end(self) -> None:
        """See `Worker`."""
        self._forget(self)
        self._ray.kill(self._handle)

    def _heard(self, reference: Any, seconds: float | None = None) -> Any:
        """What it said; None where it died before, or has not said it for so many seconds."""
        try:
            return self._ray.get(reference, timeout=seconds)
        except self._ray.exceptions.RayError as error:
            self._ending = f"its actor ended: {why(error)}"
            return None


class ShardActors(Workers[ShardActor]):
    """`Workers` that are actors: there is one as soon as a machine of the cluster has room and has started it.

    workers: how many; None for as many as the cluster has room for. shards: there are no more than that. gpus: of
    each, which may be a fraction.
    """

    def __init__(
        self, session: RaySession, workers: int | None, shards: int, gpus: float, reporter: Reporter
    ) -> None:  # fmt: skip
        super().__init__(min(workers or shards, shards))
        self._session, self._asked, self._gpus, self._reporter = session, workers, gpus, reporter
        self._all: set[ShardActor] = set()
        self._starting: list[ShardActor] = []
        self._actors: Any = None  # makes one
        self._failed = 0
        self._waits_since: float | None = None

    def __exit__(self, *_: object) -> None:
        try:
            for actor in list(self._all):
                actor.end()
        finally:
            self._session.end()

    def ready(self, wanted: int) -> bool:
        """See `Workers`. Raises HardlookError where none can be started."""
        ray = self._begun()
        while len(self._all) < self.at_most and wanted > len(self._starting) + len(self._idle):
            actor = ShardActor(ray, self._actors.remote(os.getcwd()), self._all.discard)
            self._all.add(actor)
            self._starting.append(actor)
        self.wait([], 0)
        self._say_what_is_waited_for()
        return bool(self._idle)

    def begin(self, work: Work, job: Job) -> ShardActor | None:
        """See `Workers`."""
        return self._begun_by_idle(work, job)

    def wait(self, busy: Sequence[ShardActor], seconds: float) -> list[ShardActor]:
        """See `Workers`. Those that have started are idle from then on."""
        by_reference = {actor.reference: actor for actor in [*busy, *self._starting]}
        if not by_reference:
            return []
        ray = self._begun()
        ray.wait(list(by_reference), num_returns=1, timeout=seconds)
        done, _ = ray.wait(list(by_reference), num_returns=len(by_reference), timeout=0)
        heard = [by_reference[reference] for reference in done]
        for actor in heard:
            if actor in self._starting:
                self._starting.remove(actor)
                self._welcome(actor)
        return [actor for actor in heard if actor in busy]

    def _welcome(self, actor: ShardActor) -> None:
        """One that has started, or could not be."""
        if actor.started():
            self._failed = 0
            self._idle.append(actor)
            return
        actor.end()
        self._failed += 1
        if self._failed >= ATTEMPTS:
            raise HardlookError(
                f"Ray could start no worker, {self._failed} times in a row; the last time {actor.ending()}.",
                "Hardlook has to be installed on every machine of the cluster, for the Python that Ray runs there.",
            )

    def _begun(self) -> Any:
        """The module `ray`, connected, with what makes an actor."""
        ray = self._session.begin(self.at_most)
        if self._actors is None:
            machines = len([node for node in ray.nodes() if node["Alive"]])
            self._look_around(ray.cluster_resources(), machines, ray.get_runtime_context().gcs_address)
            self._actors = ray.remote(JobActor).options(
                num_cpus=1, num_gpus=self._gpus, max_restarts=0, max_task_retries=0
            )
        return ray

    def _look_around(self, there: dict[str, float], machines: int, address: str) -> None:
        """How many actors there is room for, and what is said of it. Raises BadInput where a local start has none."""
        cpus, gpus = int(there.get("CPU", 0)), there.get("GPU", 0.0)
        room = min(cpus, int(gpus / self._gpus + 1e-9)) if self._gpus else cpus
        has = f"{counted(cpus, 'CPU')} and {gpus:g} GPU{'' if gpus == 1 else 's'}"
        if self._session.address is None:
            if not room:
                raise BadInput(
                    f"--gpus-per-worker is {self._gpus:g}, and Ray sees {gpus:g} GPUs on this machine.", "Leave it out."
                )
            self.at_most = min(self.at_most, room)
            return
        if self._asked is None:
            self.at_most = max(1, min(self.at_most, room))
        self._reporter.say(
            f"Ray at {address}: {counted(machines, 'machine')} with {has}, "
            f"{counted(self.at_most, 'worker')}"
            + (f", of which {room} at once until others are through" if room < self.at_most else "")
        )

    def _say_what_is_waited_for(self) -> None:
        """Once, where no actor has begun for a while: others have the cluster, or it is still growing."""
        if not self._starting or len(self._all) > len(self._starting):
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = time.monotonic()
        elif 0 < self._waits_since < time.monotonic() - SAY_AFTER:
            self._waits_since = 0.0  # said
            asks = "1 CPU" + (f" and {self._gpus:g} GPU" if self._gpus else "")
            self._reporter.warn(f"Ray has no room for a worker yet, which takes {asks}; `ray status` says who has it.")


def why(error: Exception) -> str:
    """What Ray says of an actor that ended, in one line."""
    text = f"{error}"
    detail = re.search(r"Worker exit detail: (.+?)(?: Some common causes| *$)", text, re.MULTILINE)
    if detail:
        return detail[1].rstrip(".")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(error).__name__


def _installed() -> str:
    try:
        return version("hardlook")
    except PackageNotFoundError:
        return "not installed"
