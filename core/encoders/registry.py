"""The families of encoders by prefix: `family:model`. A family is one file here with a `load` function.

No family, and so no torch, is imported before an encoder of it is asked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import import_module

from ..errors import BadInput
from ..wording import command
from .protocol import Encoder, Feature, Options

EMBEDDED = "embedded"
FEATURES: dict[str, Feature] = {"projected": "projected", "pooled": "pooled"}
ALIASES = {"lite0": EMBEDDED}
FAMILIES = {
    EMBEDDED: "embedded",
    "open_clip": "open_clip_family",
    "timm": "timm_family",
    "torchvision": "torchvision_family",
}


def load_encoder(
    spec: str,
    *,
    device: str = "auto",
    image_size: int | None = None,
    feature: str = "projected",
    l2norm: bool = False,
    download: bool = False,
) -> Encoder:
    """The encoder a spec names, ready to encode.

    spec: `embedded` (or `lite0`), `open_clip:MODEL/TAG`, `timm:MODEL`, `torchvision:MODEL`; the last three also with
    `@PATH`, a file or folder of weights. image_size: the side it sees, the model's own by default.
    feature: "projected" (the vector compared with text) or "pooled" (the one before that projection); only
    open_clip models have the two, elsewhere both mean the penultimate layer. l2norm: scale vectors to length 1.
    download: allow fetching weights that are not on this machine.
    Raises BadInput on a spec that names nothing, WeightsUnavailable where the weights are not at hand.
    """
    if feature not in FEATURES:
        raise BadInput(f"There is no feature {feature!r}.", "Pass --feature projected or pooled.")
    name = ALIASES.get(spec, spec)
    prefix, _, model = name.partition(":")
    if prefix not in FAMILIES or (prefix == EMBEDDED) != (not model):
        raise unknown_encoder(spec)
    family = import_module(f".{FAMILIES[prefix]}", __package__)
    options = Options(device, image_size, FEATURES[feature], l2norm, download)
    encoder: Encoder = family.load(name, model, options)
    return encoder


def unknown_encoder(spec: str) -> BadInput:
    """A spec with no family we know; most often the prefix was left out."""
    forms = "embedded, open_clip:MODEL/TAG, timm:MODEL, torchvision:MODEL"
    message = f"There is no encoder {spec!r}; an encoder is one of {forms}."
    if "/" in spec and ":" not in spec:
        return BadInput(message, f"Did you mean open_clip:{spec}?")
    return BadInput(message, "Run", command(None, "encoders"))


def unknown_model(family: str, asked: str, known: Sequence[str], what: str = "model") -> BadInput:
    """A name its family does not have, with the closest it does."""
    close = difflib.get_close_matches(asked.lower(), [name.lower() for name in known], n=3, cutoff=0.5)
    spelled = [name for match in close for name in known if name.lower() == match]
    message = f"{family} has no {what} {asked!r}."
    if spelled:
        return BadInput(message, f"Did you mean {' or '.join(dict.fromkeys(spelled))}?")
    return BadInput(message, "Run", command(None, "encoders"))


def split_path(model: str) -> tuple[str, str]:
    """`MODEL@PATH` -> (MODEL, PATH), with PATH empty where none is given."""
    name, _, path = model.partition("@")
    return name, path
