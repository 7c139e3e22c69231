"""Projections: every image as a point of a plane."""

from __future__ import annotations

from ..types import Run, RunSpec
from .registry import CommandWords, register


@register("project", tables={"point": "image_id INTEGER, x FLOAT, y FLOAT"})
def project_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook project` with its embedding."""
    words = ["project", "--method", run.name, "--encoder-run", run.inputs.get("embed", "")]
    return CommandWords(words + (["--seed", str(run.seed)] if run.seed else []))
