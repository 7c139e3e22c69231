"""Errors a user can act on, and the commands they advise: each names the thing, the value and the next step.

It knows nothing else of Hardlook, so that every room can raise what it finds and say what to run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

WITHOUT_AUDIT = frozenset(
    {"completion", "demo", "diff", "doctor", "encoders", "man", "mcp", "scorers", "shard", "worker"}
)
"""Commands that take no --audit; `diff` names its audits itself."""

_ENDLESS = re.compile(r"\S{1500,}")
"""A value that nobody reads to its end; paths that people have are shorter."""

_MOST = 4_000
"""Characters of a message or an advice: what is longer lists what nobody reads to its end, as a table's columns."""


@dataclass(frozen=True)
class Command:
    """A command of Hardlook's; its text can be pasted into a shell as it is.

    words: what follows `hardlook`, unquoted. audit: "" where the place that says it knows of none; then whoever does
    know adds it.
    """

    words: tuple[str, ...]
    audit: str = ""

    def on(self, audit: str) -> Command:
        """The same on this audit, unless it names one already."""
        return self if self.audit else replace(self, audit=audit)

    def __str__(self) -> str:
        named = ["--audit", self.audit] if self.audit and self.words[0] not in WITHOUT_AUDIT else []
        return shlex.join(["hardlook", *self.words, *named])


def command(audit: str | None, *words: str) -> Command:
    """The command that a message, a page or a report prints; every one of them is built here.

    audit: its name, wherever one is at hand: without --audit a command means the newest, which need not be this one.
    None in rooms that know of no audit (arithmetic, encoders, networks). words: what follows `hardlook`, unquoted.
    """
    return Command(words, audit or "")


def _shortened(word: re.Match[str]) -> str:
    """A value as long as a file may hold, so that what the message says about it can be seen: its start and its end."""
    value = word[0]
    return f"{value[:120]}… ({len(value):,} characters) …{value[-40:]}"


def _in_part(text: str) -> str:
    """A text that is no longer than what somebody reads: its start and its end."""
    text = _ENDLESS.sub(_shortened, legible(text))
    return text if len(text) <= _MOST else f"{text[: _MOST // 2]} … ({len(text):,} characters) … {text[-400:]}"


def legible(text: str) -> str:
    """`text` with what is no character written out, as `\\udcff`: no page, terminal or table takes it otherwise.

    Python carries bytes that are not UTF-8 so, and a browser or a JSON file may send the halves of a character.
    """
    return text.encode("utf-8", "backslashreplace").decode()


class HardlookError(Exception):
    """Something the user can mend. `message` says what is wrong, `hint` the next command or setting.

    advice: what to do, in words. commands: that do it, any of them. They stand apart until they are read, so that
    whoever knows the audit can name it in them (`name_audit`): most errors are raised where none is known.
    """

    def __init__(self, message: str, advice: str = "", *commands: Command) -> None:
        super().__init__(message)
        self.message = _in_part(message)
        self.advice = _in_part(advice)
        self.commands = commands

    @property
    def hint(self) -> str:
        """The advice with its commands: "Run: hardlook audit PATH, or: hardlook demo"."""
        return legible(": ".join(filter(None, (self.advice, ", or: ".join(map(str, self.commands))))))

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


class Unreadable(HardlookError):
    """A file of an audit is damaged, another's, or of a newer Hardlook.

    path: of this machine, or what lies at a URL. what: is wrong with it, as a part of a sentence. advice, commands: the
    way out.
    """

    def __init__(self, path: Any, what: str, advice: str, *commands: Command) -> None:
        super().__init__(f"{path} cannot be read: {what}.", advice, *commands)
        self.path = path


class RunUnreadable(Unreadable):
    """The same of a finished run: it is passed over from now on, so that all else can be read."""


class MissingRun(HardlookError):
    """Something has to be computed first; the hint is the command that does it."""


class RunBusy(HardlookError):
    """Another process is writing the same run."""


class WeightsUnavailable(HardlookError):
    """An encoder's weights are neither on this machine nor allowed to be fetched."""


class ExtraMissing(HardlookError):
    """An optional package is not installed."""


class Unreachable(HardlookError):
    """A bucket, a server or a folder is out of reach from here; nothing is said of any one image in it."""


class TrainingFailed(HardlookError):
    """Training stopped by itself, for example on a loss that is not a number."""


class TooFewRows(HardlookError):
    """Fewer rows than the figure asked for can be computed from."""


class DiskFull(HardlookError):
    """Writing failed for want of space; what was committed is kept."""


OF_THE_MACHINE = (DiskFull, Unreachable)
"""What the next piece of work would meet as well: whoever does one after the other ends with it, and begins no more."""
