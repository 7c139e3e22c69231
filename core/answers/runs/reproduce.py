"""The command that computes a run again: options in the command line's own words, what it cannot say in a note."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import command
from ...kinds.registry import command_of, find_kind, kind_of
from ...store.unfinished import Unfinished
from ...types import Run, RunSpec

ITS_OPTIONS = "With the options it was given"
_ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What comes of options that mean nothing to this Hardlook."""


@dataclass(frozen=True)
class Reproduction:
    """command: to paste into a shell. note: what has to be known besides, "" for nothing."""

    command: str
    note: str = ""


def reproduction(run: Run | RunSpec, audit_name: str) -> Reproduction:
    """The command that computes this run, on the images as they are ingested.

    Without options where this Hardlook does not know the run's kind, or what they mean: another one wrote it.
    """
    kind = find_kind(run.kind)
    if kind is None:
        return Reproduction(str(command(audit_name, run.kind)), f"{ITS_OPTIONS}.")
    try:
        made = kind.again(run)
        return Reproduction(str(command(audit_name, *made.words)), made.note)
    except _ODD:
        return Reproduction(str(command(audit_name, kind.command)), f"{ITS_OPTIONS}, which only who wrote it can say.")


def continuation(run: Unfinished, audit_name: str) -> Reproduction:
    """The command that goes on with a run; without options where its writer told nothing of itself."""
    if run.spec:
        return reproduction(run.spec, audit_name)
    return Reproduction(str(command(audit_name, command_of(kind_of(run.run_id)))))
