"""What `hardlook prove` leaves behind: trained models and one evaluation, which one command makes together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .option_text import names_text, numbers_text, option_text
from .registry import CommandWords

PROOF = "proof of effect"
"""The grid of the models of `hardlook prove`: they differ in their labels, not in their training."""
PRUNING = "proof of pruning"
"""That of `hardlook prove --prune`: they differ in how many images they are trained on, and in which."""
GRIDS_OF_PROOFS = (PROOF, PRUNING)


OPTIONS = ("by", "equal", "model", "epochs", "image_size", "batch_size", "learning_rate", "control", "seeds", "seed")


def prove_again(chosen: Mapping[str, Any]) -> CommandWords:
    """chosen: of one of its models, or what was asked of all of them."""
    words = ["prove"]
    if "keep" in chosen:
        words += ["--prune", "--keep", numbers_text(chosen["keep"]), "--which", names_text(chosen["which"])]
    for name in OPTIONS:
        words += [f"--{name.replace('_', '-')}", option_text(chosen[name])] if chosen.get(name) is not None else []
    words += ["--no-flip"] if chosen.get("flip") is False else []
    there = "what is there is not trained again."
    return CommandWords(words, there.capitalize() if "keep" in chosen else f"With the reviews as they were; {there}")
