"""Errors a user can act on: each names the thing, the value and the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .wording import Command


class HardlookError(Exception):
    """Something the user can mend. `message` says what is wrong, `hint` the next command or setting.

    advice: what to do, in words. commands: that do it, any of them. They stand apart until they are read, so that
    whoever knows the audit can name it in them (`naming`): most errors are raised where none is known.
    """

    def __init__(self, message: str, advice: str = "", *commands: Command) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.commands = commands

    @property
    def hint(self) -> str:
        """The advice with its commands: "Run: hardlook audit PATH, or: hardlook demo"."""
        return ": ".join(filter(None, (self.advice, ", or: ".join(map(str, self.commands)))))

    def name_audit(self, audit: str) -> None:
        """Let the commands of the hint name this audit, where they name none yet."""
        self.commands = tuple(each.on(audit) for each in self.commands)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInput(HardlookError):
    """The data given cannot be used as it is."""


class TwoReadings(BadInput):
    """The input can be read in more than one way and no way is certain: nothing is guessed.

    readings: (what the reading would be, the option or command that chooses it) pairs, which the hint lists.
    """

    def __init__(self, message: str, readings: Sequence[tuple[str, str | Command]]) -> None:
        self.readings = tuple((reading, str(option)) for reading, option in readings)
        super().__init__(message, " ".join(f"For {reading}: {option}." for reading, option in self.readings))


class Degenerate(BadInput):
    """The data is sound but nothing can be told from it: images that are all alike, or one of each class."""


class AuditNotFound(HardlookError):
    """No audit of that name, or none at all."""


class MissingRun(HardlookError):
    """Something has to be computed first; the hint is the command that does it."""


class RunBusy(HardlookError):
    """Another process is writing the same run."""


class WeightsUnavailable(HardlookError):
    """An encoder's weights are neither on this machine nor allowed to be fetched."""


class ExtraMissing(HardlookError):
    """An optional package is not installed."""


class TrainingFailed(HardlookError):
    """Training stopped by itself, for example on a loss that is not a number."""


class TooFewRows(HardlookError):
    """Fewer rows than the figure asked for can be computed from."""


class DiskFull(HardlookError):
    """Writing failed for want of space; what was committed is kept."""


@contextmanager
def naming(audit: str) -> Iterator[None]:
    """Errors that leave this block name the audit in their commands."""
    try:
        yield
    except HardlookError as error:
        error.name_audit(audit)
        raise
