"""Which runs an audit holds, and which command would add most."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import command
from ...kinds.registry import first_steps, kind_of
from ...store.audit import Audit
from ...store.unfinished import unfinished_runs
from ...wording import duration
from ..view.reader import Reader
from .reproduce import continuation


@dataclass(frozen=True)
class RunLine:
    """One finished run in words."""

    kind: str
    name: str
    parameters: str
    took: str
    seconds: float
    finished: str
    bytes: int
    run_id: str


@dataclass(frozen=True)
class Step:
    """A command worth running next, and why. kind: of the run it makes."""

    kind: str
    command: str
    why: str


def run_lines(reader: Reader) -> list[RunLine]:
    """Finished runs on the current images, newest first."""
    return [
        RunLine(
            kind=run.kind, name=run.name, parameters=_parameters(run.parameters), took=duration(run.seconds),
            seconds=run.seconds, finished=run.created[:16].replace("T", " "), bytes=run.bytes, run_id=run.run_id,
        )
        for run in reversed(reader.hub.runs)
    ]  # fmt: skip


def next_steps(audit: Audit, reader: Reader) -> list[Step]:
    """Unfinished runs first, then the commands that would add most to what can be shown, in the order to run them."""
    kinds = {run.kind for run in reader.hub.runs}
    steps = []
    for run in unfinished_runs(audit):
        why = f"{run.run_id} {'is running.' if run.writing else 'was stopped; this goes on from there.'}"
        steps.append(Step(kind_of(run.run_id), continuation(run, audit.name).command, why))
    return steps + [
        Step(kind, str(command(audit.name, *step.words)), step.why) for kind, step in first_steps() if kind not in kinds
    ]


def parameters_in_words(parameters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Names and values: as JSON writes them, texts without their quotes; in name order."""
    return tuple(
        (name, value if isinstance(value, str) else json.dumps(value)) for name, value in sorted(parameters.items())
    )


def _parameters(parameters: Mapping[str, Any]) -> str:
    """epochs=20, lr=0.1."""
    return ", ".join(f"{name}={text}" for name, text in parameters_in_words(parameters))
