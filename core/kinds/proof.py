"""What `hardlook prove` leaves behind: trained models and one evaluation, which one command makes together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .option_text import option_text
from .registry import CommandWords

PROOF = "proof of effect"
"""The grid of the models of `hardlook prove`: they differ in their labels, not in their training."""


def prove_again(chosen: Mapping[str, Any]) -> CommandWords:
    """chosen: of one of its models, or what was asked of all of them."""
    words = ["prove"]
    for name in ("model", "epochs", "image_size", "batch_size", "learning_rate", "control", "seeds", "seed"):
        words += [f"--{name.replace('_', '-')}", option_text(chosen[name])] if chosen.get(name) is not None else []
    words += ["--no-flip"] if chosen.get("flip") is False else []
    return CommandWords(words, "With the reviews as they were; what is there is not trained again.")
