"""Embeddings: one vector per image."""

from __future__ import annotations

from ..types import Run, RunSpec
from .json_types import TABLE, TEXT, WHOLE, or_null
from .registry import CommandWords, FirstStep, register

ARRAYS, FILE = "arrays", "file"
"""The sources of vectors that nobody computed here: given from Python, imported from a file."""
TEXT_VECTOR = "text_vector"


EMBEDDING = """
    -- a row an image: its vector
    image_id INTEGER,  -- of images.image_id
    vector FLOAT[{d}]  -- in the encoder's space, without a unit; NaN for an image that could not be embedded
"""

TEXTS = """
    -- a row a text whose vector was imported with those of the images
    text VARCHAR,   -- a class, or what images are searched by
    vector FLOAT[]  -- in the space of embedding.vector; a higher cosine with an image fits it better
"""


@register(
    "embed",
    tables={"embedding": EMBEDDING},
    further={TEXT_VECTOR: TEXTS},
    first=FirstStep(1, ("embed",), "Embeddings are what difficulty, suspects and neighbours are computed from."),
    vectors=True,
    reads={"image_size": WHOLE, "grid": or_null(TEXT), "encoder": TEXT, "feature": TEXT, "asked": TABLE},
)
def embed_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook embed` with the options that are not the usual ones."""
    chosen = run.parameters
    if chosen.get("source") == FILE:
        return _import_embeddings(run)
    if chosen.get("source") == ARRAYS:
        how = "Its vectors were given from Python, and the same call of hardlook.audit gives them again."
        return CommandWords(["embed", "--help"], how)
    words = ["embed", "--encoder", str(chosen.get("encoder", run.name))]
    words += ["--image-size", str(chosen["image_size"])] if "image_size" in chosen else []
    words += ["--layers", layers_of(run)] if "image_size" in chosen else []
    words += ["--feature", str(chosen["feature"])] if chosen.get("feature", "projected") != "projected" else []
    words += ["--l2norm"] if chosen.get("l2norm") else []
    words += ["--part-of", str(chosen["grid"])] if chosen.get("grid") else []
    return CommandWords(words, "With the same weights: the run's id covers their hash.")


def layers_of(run: Run | RunSpec) -> str:
    """What an encoder's vectors are made of; of embeddings that do not say, the last layer alone."""
    return str(run.parameters.get("layers", "last"))


def made_elsewhere(run: Run | RunSpec) -> bool:
    """Whether no encoder is known that made an embedding, and could make another such vector."""
    return run.parameters.get("source") in (ARRAYS, FILE)


def has_texts(run: Run | RunSpec) -> bool:
    """Whether vectors of texts were imported with an embedding."""
    return "text_features" in run.parameters


def _import_embeddings(run: Run | RunSpec) -> CommandWords:
    chosen = run.parameters
    words = ["import-embeddings", str(chosen["file"]), "--name", run.name]
    asked, texts = chosen.get("asked", {}), chosen.get("text_features")
    for name in ("key", "id_key"):
        words += [f"--{name.replace('_', '-')}", asked[name]] if name in asked else []
    words += ["--by-order"] if asked.get("by_order") else []
    words += ["--text-features", str(texts)] if texts else []
    lie = f"{chosen['file']} and {texts} lie" if texts else f"{chosen['file']} lies"
    return CommandWords(words, f"In the folder where {lie}.")
