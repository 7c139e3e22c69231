"""Difficulty weights of the training images from a stored score, and the controls that tell what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import BadInput, command
from ...store.audit import Audit
from ...training.weights import difficulty_range, difficulty_weights
from ...types import Bools, Floats
from .difficulty import DifficultyOf, read_difficulty
from .request import Control, DifficultyRequest

PERMUTATION = 0x9E27  # a stream of random numbers of its own, apart from the epochs'


@dataclass(frozen=True)
class Weighting:
    """s: (n,) float64 weights, NaN for images that are not trained on. by: what they are made of. record: for the run's
    row."""

    s: Floats
    by: DifficultyOf
    record: Mapping[str, Any]


def weigh(audit: Audit, asked: DifficultyRequest, train: Bools, seed: int) -> Weighting:
    """The weights of Eq. 10 over the training images, by the score that is asked for, fitted to these images alone.

    train: (n,) bool. seed: of the permutation, the run's. Raises MissingRun where the score is not there, and
    BadInput where it does not say which end is hard, or a training image has no finite value.
    """
    difficulty = read_difficulty(audit, asked.score, train, purpose="weigh images")
    info, values = difficulty.info, difficulty.values[train]
    if missing := int((~np.isfinite(values)).sum()):
        raise BadInput(
            f"{missing:,} of {len(values):,} training images have no finite {info.name} in {info.run_id}"
            f"{f' ({info.reason})' if info.reason else ''}.",
            "Weigh by another score with --difficulty NAME, or score all of them",
            command(audit.name, "score", info.scorer),
        )
    weights = difficulty_weights(values, asked.temperature, asked.c, asked.normalise)
    low, high = difficulty_range(values)
    s = np.full(len(train), np.nan)
    s[train] = controlled(weights, asked.control, seed)
    record: dict[str, Any] = {
        "score": info.name, "run": info.run_id, "temperature": asked.temperature, "c": asked.c,
        "normalise": asked.normalise, "control": asked.control, "r_min": low, "r_max": high,
        "mean_s": float(weights.mean()),
    }  # fmt: skip
    if difficulty.refitted:
        record["fitted_on"] = "the images this model is trained on"
    return Weighting(s, difficulty, record)


def controlled(weights: Floats, control: Control, seed: int) -> Floats:
    """The weights, or what takes their place to tell whether it matters which image has which.

    weights: (m,). "permuted": the same values on other images. "equal": their mean on all, which is entropy
    regularisation of strength alpha · mean(s).
    """
    if control == "permuted":
        return np.random.default_rng([seed, PERMUTATION]).permutation(weights)
    return np.full_like(weights, weights.mean()) if control == "equal" else weights
