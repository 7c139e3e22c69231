"""The command that computes a run again: options in the command line's own words, what it cannot say in a note."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import command
from ...kinds.registry import CommandWords, command_of, find_kind, kind_of
from ...store.unfinished import Unfinished
from ...types import Run, RunSpec


@dataclass(frozen=True)
class Reproduction:
    """command: to paste into a shell. note: what has to be known besides, "" for nothing."""

    command: str
    note: str = ""


def reproduction(run: Run | RunSpec, audit_name: str) -> Reproduction:
    """The command that computes this run, on the images as they are ingested."""
    kind = find_kind(run.kind)
    made = kind.again(run) if kind else CommandWords([run.kind], "With the options it was given.")
    return Reproduction(str(command(audit_name, *made.words)), made.note)


def continuation(run: Unfinished, audit_name: str) -> Reproduction:
    """The command that goes on with a run; without options where its writer told nothing of itself."""
    if run.spec:
        return reproduction(run.spec, audit_name)
    return Reproduction(str(command(audit_name, command_of(kind_of(run.run_id)))))
