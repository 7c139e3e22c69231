"""An embedding described by a worker, which has the weights and the GPU: the machine of the driver may have neither."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ...encoders.protocol import Options
from ...progress import Quiet, Reporter
from .stage import StageSpec, read_part
from .vectors import embed_spec


class _Overheard(Quiet):
    """Keeps what is said, for the reporter of the driver."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        """Kept."""
        self.lines.append(text)

    def warn(self, text: str) -> None:
        """Kept."""
        self.lines.append(text)


def describe(ingest: str, merged: Path, encoder: str, options: Options) -> Callable[[int | None], str]:
    """What a worker does: `embed_spec`, given back as text. merged: the file of what the stage `ingest` adds up to."""

    def work(_: int | None) -> str:
        kept = _Overheard()
        spec = embed_spec(ingest, read_part(merged), encoder, options, kept)
        return json.dumps({"said": kept.lines, "spec": asdict(spec)})

    return work


def spec_of(text: str, reporter: Reporter) -> StageSpec:
    """What a worker gave back."""
    told = json.loads(text)
    for line in told["said"]:
        reporter.say(line)
    return StageSpec(**told["spec"])
