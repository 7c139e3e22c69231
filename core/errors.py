"""Errors a user can act on: each names the thing, the value and the next step."""

from __future__ import annotations

from collections.abc import Sequence


class HardlookError(Exception):
    """Something the user can mend. `message` says what is wrong, `hint` the next command or setting."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInput(HardlookError):
    """The data given cannot be used as it is."""


class TwoReadings(BadInput):
    """The input can be read in more than one way and no way is certain: nothing is guessed.

    readings: (what the reading would be, the option that chooses it) pairs, which the hint lists.
    """

    def __init__(self, message: str, readings: Sequence[tuple[str, str]]) -> None:
        self.readings = tuple(readings)
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
