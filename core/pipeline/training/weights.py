"""Difficulty weights of the training images from a stored score, and the controls that tell what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import BadInput, MissingRun, command
from ...kinds.score import FOUND_BY_ITSELF
from ...scorers.registry import all_scorers
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...training.weights import difficulty_range, difficulty_weights
from ...types import HARDER_LOW, UNLABELLED, Bools, Floats, ScoreInfo
from ..scoring.score import gather, run_scorer
from .request import Control, DifficultyRequest

MADE_ELSEWHERE = frozenset({"augmented_sums", "text_features", "penultimate", "gradient_spread"})
"""Inputs that are not read from the store as they are."""
PERMUTATION = 0x9E27  # a stream of random numbers of its own, apart from the epochs'


@dataclass(frozen=True)
class Weighting:
    """s: (n,) float64 weights, NaN for images that are not trained on. run: the score's. record: for the run's row."""

    s: Floats
    run: str
    record: Mapping[str, Any]


def find_score(audit: Audit, wanted: str) -> ScoreInfo:
    """The stored column of that name, the newest, or of that address RUN:NAME. Raises MissingRun with the command.

    Of a name, one that was read from what a grid made only where there is no other.
    """
    by_address = ":" in wanted  # as the runs of a grid ask, often; then no other file has to be opened
    infos = views.score_infos(views.open_hub(audit, audit.runs("score") if by_address else None))
    found = [info for info in infos if wanted in (info.name, info.address)]
    if not found:
        known = ", ".join(sorted({info.name for info in infos})) or "none"
        raise MissingRun(
            f"There is no score {wanted!r} in audit {audit.name!r}; there is: {known}.",
            "Run",
            command(audit.name, "score", wanted.rsplit(":", 1)[-1]),
        )
    return found[-1]


def weigh(audit: Audit, asked: DifficultyRequest, train: Bools, seed: int) -> Weighting:
    """The weights of Eq. 10 over the training images, by the score that is asked for, fitted to these images alone.

    train: (n,) bool. seed: of the permutation, the run's. Raises MissingRun where the score is not there, and
    BadInput where it does not say which end is hard, or a training image has no finite value.
    """
    info = find_score(audit, asked.score)
    if info.direction is None:
        raise BadInput(
            f"{info.address} does not say which end is hard, so it cannot weigh images.",
            "Choose a score with a direction",
            command(audit.name, "scorers"),
        )
    refitted = fitted_anew(audit, info, train)
    values = (stored(audit, info) if refitted is None else refitted)[train].astype(np.float64)
    values = -values if info.direction == HARDER_LOW else values
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
    if refitted is not None:
        record["fitted_on"] = "the images this model is trained on"
    return Weighting(s, info.run_id, record)


def stored(audit: Audit, info: ScoreInfo) -> Floats:
    """(n,) a score as it is stored."""
    return views.score(views.open_hub(audit, [run for run in audit.runs("score") if run.run_id == info.run_id]),
                       info.address)  # fmt: skip


def fitted_anew(audit: Audit, info: ScoreInfo, train: Bools) -> Floats | None:
    """(n,) a score fitted to a network's own training images; None where the stored one is, or cannot be fitted here.

    A stored score is fitted to the labelled images of the training split. Where a network holds some of them out (data
    without a split, a part of the images, classes) those it holds out would shape the weights of the others. What is
    not made from stored arrays alone (another tool's score, augmented passes, a network's features) stays as it is.
    """
    scorer = next((each for each in all_scorers() if each.name == info.scorer), None)
    if scorer is None or "fit" not in scorer.needs or scorer.needs & MADE_ELSEWHERE:
        return None
    hub = views.open_hub(audit, ())
    if (train == (fit_rows(views.column(hub, "split")) & (views.labels(hub) != UNLABELLED))).all():
        return None
    runs = {run.run_id: run for run in audit.runs()}
    inputs = gather(audit, scorer, runs.get(info.encoder_run or ""), runs.get(info.model_run or ""), {})
    asked = {k: v for k, v in runs[info.run_id].parameters.items() if k not in FOUND_BY_ITSELF}
    columns = run_scorer(scorer, replace(inputs, fit=train), asked)
    return next(column.values for column in columns if column.name == info.name)


def controlled(weights: Floats, control: Control, seed: int) -> Floats:
    """The weights, or what takes their place to tell whether it matters which image has which.

    weights: (m,). "permuted": the same values on other images. "equal": their mean on all, which is entropy
    regularisation of strength alpha · mean(s).
    """
    if control == "permuted":
        return np.random.default_rng([seed, PERMUTATION]).permutation(weights)
    return np.full_like(weights, weights.mean()) if control == "equal" else weights
