"""Projections: every image as a point of a plane."""

from __future__ import annotations

from ..types import Run, RunSpec
from .registry import CommandWords, register

POINT = """
    -- a row an image: where it lies on the map
    image_id INTEGER,  -- of images.image_id
    x FLOAT,           -- to the right, without a unit; NaN for an image without a vector
    y FLOAT            -- upwards, without a unit; NaN for an image without a vector
"""


@register("project", tables={"point": POINT})
def project_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook project` with its embedding."""
    words = ["project", "--method", run.name, "--encoder-run", run.inputs.get("embed", "")]
    return CommandWords(words + (["--seed", str(run.seed)] if run.seed else []))
