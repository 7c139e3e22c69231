"""A stored score read as a difficulty of the training images, without what held-out images' labels would tell it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ...errors import BadInput, MissingRun, command
from ...kinds.score import OF_SHARDS, RERANKED, asked_for
from ...scorers.registry import Scorer, all_scorers
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...types import HARDER_LOW, UNLABELLED, Bools, Floats, ScoreInfo
from ...wording import count
from ..scoring.score import gather, run_scorer

MADE_ELSEWHERE = frozenset({"augmented_sums", "text_features", "penultimate", "gradient_spread", "second_split"})
"""Inputs that are not read from the store as they are."""


@dataclass(frozen=True)
class DifficultyOf:
    """values: (n,) float64, higher is harder, as the score has them of images that are not trained on. refitted: to
    the training images alone, because the stored score was fitted to others too."""

    info: ScoreInfo
    values: Floats
    refitted: bool


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
            command(audit.name, "score", _made_by(wanted.rsplit(":", 1)[-1])),
        )
    return found[-1]


def _made_by(column: str) -> str:
    """The scorer that a column is of, as its name begins: "rmd_oof" is made by "rmd"."""
    names = [each.name for each in all_scorers() if f"{column}_".startswith(f"{each.name}_")]
    return max(names, key=len, default=column)


def read_difficulty(audit: Audit, wanted: str, train: Bools, *, purpose: str) -> DifficultyOf:
    """The difficulty of the training images by a stored score, fitted to these images alone. train: (n,) bool.

    purpose: what it is to do, for the error. Raises MissingRun where the score is not there, and BadInput where it does
    not say which end is hard.
    """
    info = find_score(audit, wanted)
    if info.direction is None:
        raise BadInput(
            f"{info.address} does not say which end is hard, so it cannot {purpose}.",
            "Choose a score with a direction",
            command(audit.name, "scorers"),
        )
    refitted = fitted_anew(audit, info, train)
    values = (stored(audit, info) if refitted is None else refitted).astype(np.float64)
    return DifficultyOf(info, -values if info.direction == HARDER_LOW else values, refitted is not None)


def labels_known(audit: Audit, difficulty: DifficultyOf, held_out: Bools) -> str:
    """How labels of held-out images went into a score, by its own fit or by its model's training; "" if none did.

    held_out: (n,) bool. What reviews teach knows them whatever was reviewed: it is made from every other score, and one
    of them may know these labels.
    """
    info, scorer = difficulty.info, scorer_of(difficulty.info)
    if info.scorer == RERANKED:
        return f"it was fitted to {info.fitted_on} and to every other score"
    fits = scorer is not None and "fit" in scorer.needs and not difficulty.refitted
    fitted = int((fitted_to(audit) & held_out).sum()) if fits else 0
    trained = 0
    if info.model_run:
        hub = views.open_hub(audit, [run for run in audit.runs("train") if run.run_id == info.model_run])
        trained = int((views.predictions(hub, info.model_run, "trained_on")["trained_on"] & held_out).sum())
    how = f"its model {info.model_run} was trained on" if trained else "it was fitted to"
    which = f"{count(trained or fitted)} of the {count(int(held_out.sum()))} held-out images"
    return f"{how} {which}" if trained or fitted else ""


def stored(audit: Audit, info: ScoreInfo) -> Floats:
    """(n,) a score as it is stored."""
    return views.score(views.open_hub(audit, [run for run in audit.runs("score") if run.run_id == info.run_id]),
                       info.address)  # fmt: skip


def scorer_of(info: ScoreInfo) -> Scorer | None:
    """What made a score; None for one that was imported."""
    return next((each for each in all_scorers() if each.name == info.scorer), None)


def fitted_to(audit: Audit) -> Bools:
    """(n,) bool: the images that stored scores are fitted to."""
    hub = views.open_hub(audit, ())
    return np.asarray(fit_rows(views.column(hub, "split")) & (views.labels(hub) != UNLABELLED))


def fitted_anew(audit: Audit, info: ScoreInfo, train: Bools) -> Floats | None:
    """(n,) a score fitted to a network's own training images; None where the stored one is, or cannot be fitted here.

    A stored score is fitted to the labelled images of the training split. Where a network holds some of them out (data
    without a split, a part of the images, classes) those it holds out would shape the weights of the others. What is
    not made from stored arrays alone (another tool's score, augmented passes, a network's features) stays as it is, and
    so does what a lens has from the whole: fitted to the lens it would be another score under the same name.
    """
    if not can_be_fitted_anew(audit, info, train):
        return None
    return fitted_to_rows(audit.path, info.address, train.tobytes())


def can_be_fitted_anew(audit: Audit, info: ScoreInfo, train: Bools) -> bool:
    """Whether `fitted_anew` fits it: it is fitted, here, to stored arrays, and not to these images already."""
    scorer = scorer_of(info)
    if scorer is None or "fit" not in scorer.needs or scorer.needs & MADE_ELSEWHERE:
        return False
    return not (train == fitted_to(audit)).all() and not _of_shards(audit, info)


def _of_shards(audit: Audit, info: ScoreInfo) -> bool:
    (run,) = [run for run in audit.runs("score") if run.run_id == info.run_id]
    return run.parameters.get("source") == OF_SHARDS


@lru_cache(maxsize=8)  # the models of a proof are many, and the images they could be trained on the same
def fitted_to_rows(folder: Path, address: str, rows: bytes) -> Floats:
    """As `fitted_anew`. rows: (n,) bool, as bytes."""
    audit, train = Audit(folder), np.frombuffer(rows, bool)
    info = find_score(audit, address)
    scorer = next(each for each in all_scorers() if each.name == info.scorer)
    runs = {run.run_id: run for run in audit.runs()}
    inputs = gather(audit, scorer, runs.get(info.encoder_run or ""), runs.get(info.model_run or ""), {})
    asked = asked_for(runs[info.run_id].parameters)
    # What is found goes into the run's identity, and sums over several threads differ in their last bits: by one
    # thread, a grid and its workers come to the same.
    with threadpool_limits(1):
        columns = run_scorer(scorer, replace(inputs, fit=train), asked)
    values = next(column.values for column in columns if column.name == info.name)
    values.flags.writeable = False
    return values
