"""Embeddings: one vector per image."""

from __future__ import annotations

from ..types import Run, RunSpec
from .registry import CommandWords, FirstStep, register

ARRAYS = "arrays"
"""The source of vectors that nobody computed here."""


EMBEDDING = """
    -- a row an image: its vector
    image_id INTEGER,  -- of images.image_id
    vector FLOAT[{d}]  -- in the encoder's space, without a unit; NaN for an image that could not be embedded
"""


@register(
    "embed",
    tables={"embedding": EMBEDDING},
    first=FirstStep(1, ("embed",), "Embeddings are what difficulty, suspects and neighbours are computed from."),
    vectors=True,
)
def embed_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook embed` with the options that are not the usual ones."""
    chosen = run.parameters
    if chosen.get("source") == ARRAYS:
        how = "Its vectors were given from Python, and the same call of hardlook.audit gives them again."
        return CommandWords(["embed", "--help"], how)
    words = ["embed", "--encoder", str(chosen.get("encoder", run.name))]
    words += ["--image-size", str(chosen["image_size"])] if "image_size" in chosen else []
    words += ["--feature", str(chosen["feature"])] if chosen.get("feature", "projected") != "projected" else []
    words += ["--l2norm"] if chosen.get("l2norm") else []
    words += ["--part-of", str(chosen["grid"])] if chosen.get("grid") else []
    return CommandWords(words, "With the same weights: the run's id covers their hash.")
