"""Training on a share of the images, chosen by a stored score that knows nothing of the held-out images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import BadInput, command
from ...kinds.embed import made_elsewhere
from ...progress import Reporter
from ...store.audit import Audit
from ...training.held_out import TrainingSplit
from ...training.pruning import kept_images, kept_of_class
from ...types import Bools, Ints, ScoreInfo
from ...wording import count
from .difficulty import DifficultyOf, find_score, labels_known, read_difficulty, scorer_of
from .request import PruneRequest


@dataclass(frozen=True)
class Pruned:
    """A split with the images that are kept. run: the score's, "" at random. record: for the run's row."""

    split: TrainingSplit
    run: str
    record: Mapping[str, Any]


def prune(audit: Audit, asked: PruneRequest, split: TrainingSplit, labels: Ints, seed: int) -> Pruned:
    """Keep what is asked for of the training images. labels: (n,) int, those trained on. seed: of the draw, the run's.

    Raises MissingRun where the score is not there, and BadInput where it does not say which end is hard, where it may
    know held-out images' labels, and where images that it has to rank have no finite value.
    """
    difficulty = None
    record: dict[str, Any] = {"which": asked.which, "per_cent": asked.per_cent}
    if asked.which != "random":
        difficulty = pruning_difficulty(audit, asked.score, split)
        refuse_unranked(audit, difficulty, labels, split.train, asked.per_cent)
        record |= {"score": difficulty.info.name, "run": difficulty.info.run_id}
    values = difficulty.values if difficulty else None
    train = kept_images(labels, split.train, asked.per_cent, asked.which, seed, values)
    how = f"{split.how}; {asked.label} of each class trained on, {count(int(train.sum()))} images"
    return Pruned(replace(split, train=train, how=how), difficulty.info.run_id if difficulty else "", record)


def pruning_difficulty(audit: Audit, score: str, split: TrainingSplit) -> DifficultyOf:
    """The difficulty to prune by. Raises as `prune`."""
    difficulty = read_difficulty(audit, score, split.train, purpose="prune images")
    refuse_seen(audit, difficulty, split.held_out)
    return difficulty


def refuse_seen(audit: Audit, difficulty: DifficultyOf, held_out: Bools) -> None:
    """Raise BadInput where labels of held-out images went into a score.

    held_out: (n,) bool. Whatever is kept by such a score may suit these very images, and no other ones.
    """
    if how := labels_known(audit, difficulty, held_out):
        raise BadInput(
            f"{difficulty.info.address} knows labels that the models are evaluated by: {how}.",
            "Prune by a score that is made from the other images alone, as --by rmd_oof",
            command(audit.name, "score", "rmd"),
        )


def refuse_unranked(audit: Audit, difficulty: DifficultyOf, labels: Ints, train: Bools, per_cent: float) -> None:
    """Raise BadInput where images of a class that some are left out of have no finite value."""
    unranked = train & ~np.isfinite(difficulty.values)
    cut = [label for label in np.unique(labels[unranked]) if _is_cut(int((labels[train] == label).sum()), per_cent)]
    if missing := int((unranked & np.isin(labels, cut)).sum()):
        info = difficulty.info
        raise BadInput(
            f"{missing:,} of {count(int(train.sum()))} training images have no finite {info.name} in {info.run_id}"
            f"{f' ({info.reason})' if info.reason else ''}, so they cannot be ranked.",
            "Prune by another score with --by NAME, or score all of them",
            command(audit.name, "score", info.scorer),
        )


def _is_cut(images: int, per_cent: float) -> bool:
    return kept_of_class(images, per_cent) < images


def seen_by(audit: Audit, difficulty: DifficultyOf, train: Bools) -> str:
    """Which images a score is computed on, in words. train: (n,) bool, all that could be trained on."""
    info, unknown = difficulty.info, unknown_origin(audit, difficulty.info)
    if scorer_of(info) is None:
        return unknown
    made = f"by {info.model_run}, which was trained on no held-out image" if info.model_run else ""
    refitted = f"fitted anew to the {count(int(train.sum()))} training images alone" if difficulty.refitted else ""
    fitted = refitted or ", ".join(filter(None, (info.fitted_on, made)))
    return "; ".join(filter(None, (fitted, unknown))) or "of each image alone, without other images' labels"


def unknown_origin(audit: Audit, info: ScoreInfo) -> str:
    """What nobody here knows of a score: of one or of vectors from elsewhere. In words, "" for nothing."""
    not_known = "whether labels of held-out images went into"
    if scorer_of(info) is None:
        return f"made elsewhere: {not_known} it is not known here"
    if any(run.run_id == info.encoder_run and made_elsewhere(run) for run in audit.runs("embed")):
        return f"made of vectors from elsewhere, {info.encoder_run}: {not_known} them is not known here"
    return ""


def warn_of_unknown(audit: Audit, score: str, reporter: Reporter) -> None:
    """Warn of a score, by name or address, of which nobody here knows whether it has seen held-out labels."""
    info = find_score(audit, score)
    if unknown := unknown_origin(audit, info):
        reporter.warn(f"{info.address} was {unknown}")
