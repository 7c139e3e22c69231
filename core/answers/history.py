"""Which runs an audit holds, and which command would add most."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..progress import duration
from ..store.audit import Audit
from .reader import Reader


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
    at = f"--audit {shlex.quote(audit.name)}"
    steps = []
    for run_id in audit.unfinished():
        kind = run_id.split("-", 1)[0]
        why = f"{run_id} is running, or was stopped and goes on from there."
        steps.append(Step(kind, f"hardlook {kind} {at}", why))
    return steps + [Step(kind, f"hardlook {command} {at}", why) for kind, command, why in _STEPS if kind not in kinds]


_STEPS = (
    ("embed", "embed", "Embeddings are what difficulty, suspects and neighbours are computed from."),
    ("score", "score rmd", "Relative Mahalanobis distance: difficulty from embeddings, without training anything."),
    ("train", "train", "A trained model adds errors, confidence, training dynamics and the variance of gradients."),
    ("evaluate", "evaluate", "Accuracy, calibration and each score's direction, with intervals."),
)


def _parameters(parameters: Mapping[str, Any]) -> str:
    """epochs=20, lr=0.1: values as JSON writes them, texts without their quotes."""
    said = {name: value if isinstance(value, str) else json.dumps(value) for name, value in sorted(parameters.items())}
    return ", ".join(f"{name}={text}" for name, text in said.items())
