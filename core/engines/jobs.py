"""What is asked of whoever works on shards, and what they say became of it: the same of a process and of an actor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..errors import BadInput, DiskFull, HardlookError, Unreachable, Unreadable
from ..processes.cores import THREADS_VARIABLE

ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", THREADS_VARIABLE: "1"}
"""The environment of one thread, which libraries read when they load: before any line of whoever works."""
Job = int | None
"""A shard's number; None is the work on all shards together."""


@dataclass(frozen=True)
class Work:
    """`function(*arguments)` of a module gives what is called with each job, and which returns a text or None."""

    module: str
    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class JobOutcome:
    """What became of a job. error: "" where it is done. refused: it would end so again. unreached: what it reads is out
    of reach. ends: whoever drives, because no job is to blame: full, for want of space; or nothing could be begun with
    on this machine. said: a short text that the job gave back."""

    error: str = ""
    hint: str = ""
    refused: bool = False
    unreached: bool = False
    full: bool = False
    ends: bool = False
    said: str = ""

    def raised(self) -> HardlookError:
        """The error that it is."""
        kind = DiskFull if self.full else Unreachable if self.unreached else HardlookError
        return kind(self.error, self.hint)


class AtWork:
    """Does one job after the other, of whatever work; what a work has loaded stays for its next job."""

    def __init__(self) -> None:
        self._do: Callable[[Job], str | None] | None = None
        self._begun: Work | None = None

    def outcome(self, work: Work, job: Job) -> JobOutcome:
        """Do a job, and say what became of it, whatever that is."""
        try:
            if self._do is None or work != self._begun:
                self._do = None
                self._do, self._begun = getattr(import_module(work.module), work.function)(*work.arguments), work
            return JobOutcome(said=self._do(job) or "")
        except DiskFull as error:
            return JobOutcome(error.message, error.hint, full=True, ends=True)
        except HardlookError as error:
            refused = isinstance(error, (BadInput, Unreadable))  # what the job reads; nothing else is sure to be
            unreached = isinstance(error, Unreachable)
            return JobOutcome(error.message, error.hint, refused=refused, unreached=unreached, ends=self._do is None)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, counted, and tried again
            return JobOutcome(f"{type(error).__name__}: {error}", ends=self._do is None)
