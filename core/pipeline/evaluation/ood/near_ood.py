"""Near-OOD detection: do a model's or an encoder's scores tell in-distribution images from out-of-distribution ones?

In-distribution images are held-out ones of the classes a model was given, and are the positives. The others are
held-out images of the classes that were held out of its training, those of another audit, the audit's own corrupted,
or noise.
What is kept of each model is said in `rows`.

Every score is turned so that higher means in-distribution. Which way VoG points is not known beforehand, so both are
kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ....corruptions import all_corruptions, get_corruption
from ....device import pick_device, set_threads
from ....errors import BadInput, TooFewRows, command
from ....kinds.evaluate import CORRUPTIONS, GAUSSIAN_NOISE, HELD_OUT
from ....progress import Reporter
from ....store import views
from ....store.audit import Audit
from ....store.metrics import LEVEL, metric_table
from ....store.writer import RunWriter, Stopwatch, run_id
from ....training.readouts.odin import EPS
from ....types import Run, RunSpec
from ...scoring.embeddings import can_embed_more, embedding_for
from ...steps import Done, compute
from ..choose_models import with_weights
from ..shown_images import other_audit
from .cost import DetectionPlan, said_beforehand
from .origins import AnotherAudit, Corrupted, Noise, Origin, Sides
from .rivals import RivalDetectors, rivals_of
from .rows import (
    READ_AS,
    RESAMPLES,
    TOO_FEW,
    class_rows,
    decile_rows,
    highest,
    lead_of,
    lead_rows,
    ood_rows,
    scores_of_both,
)
from .scores import Nearest, vog_run
from .sides import HeldOut, OtherImages, Others, own_scores, own_shown

NAME = "near-ood"
FORM = 3
"""Raised when the rows change, so that older ones are not taken for them."""
IMAGES = 500
LARGEST_EPS = 1.0  # the whole range of a pixel


def near_ood(
    audit: Audit,
    models: Sequence[Run],
    against: str,
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    images: int = IMAGES,
    kinds: Sequence[str] = (),
    odin_eps: float = EPS,
    seed: int = 0,
    device: str = "auto",
) -> list[Done]:
    """Evaluate every score of each model against other images. A run per model.

    against: "held-out", the classes held out of each model's training, all of whose held-out images are taken, as are
    the in-distribution ones; "corruptions", half of the held-out images at severity 5, of `kinds` (all by default);
    "gaussian-noise"; or another audit's name or the path of data. But for the first, at most `images` are drawn on
    either side by the seed. odin_eps: ODIN's step, of pixels in 0..1. Without an embedding RMD is left out, without a
    VoG run VoG, without a model's weights what it has to be shown images for, and it is said.
    Raises BadInput where a model was given every class, on an unknown kind and on another step than 0 to 1,
    TooFewRows below 10 images on either side.
    """
    refuse_step(odin_eps)
    set_threads()
    on = pick_device(device)
    nearest = _nearest(audit, against, encoder_run, reporter)
    others: Others = HeldOut(audit, nearest, reporter)
    if against != HELD_OUT:
        others = OtherImages(audit, nearest, _origin(audit, against, images, kinds, seed, reporter), on)
        models = with_weights(audit, models, reporter)
    planned = [prepare(audit, model, others, nearest, odin_eps, seed, on) for model in models]
    todo = [one.planned for one in planned if not audit.run_path(run_id(one.spec)).exists()]
    if said := said_beforehand(audit, todo):
        reporter.say(said)
    return [evaluate_one(audit, one, others, nearest, reporter) for one in planned]


def refuse_step(eps: float) -> None:
    """Raise BadInput on a step of ODIN's that is none of a pixel's."""
    if not (isfinite(eps) and 0 <= eps <= LARGEST_EPS):
        raise BadInput(f"ODIN's step is {eps:g}.", "Give --odin-eps 0 to 1, of pixels from 0 to 1.")


def _origin(audit: Audit, against: str, images: int, kinds: Sequence[str], seed: int, reporter: Reporter) -> Origin:
    """Where images come from that are not held-out classes."""
    if against == CORRUPTIONS:
        wanted = {get_corruption(kind).name for kind in kinds}
        chosen = [kind for kind in all_corruptions() if not wanted or kind.name in wanted]
        return Corrupted(audit, chosen, images, seed, reporter)
    if against == GAUSSIAN_NOISE:
        return Noise(audit, images, seed)
    other = other_audit(audit, against, reporter)
    path = Path(against) if other.path.is_relative_to(audit.cache) else None
    return AnotherAudit(audit, other, images, seed, path)


def _nearest(audit: Audit, against: str, encoder_run: str | None, reporter: Reporter) -> Nearest | None:
    """RMD, where images of both sides can have vectors; where they cannot, it is said that it is left out."""
    embed_run = _embedding(audit, against, encoder_run)
    if embed_run is not None:
        return Nearest(audit, embed_run)
    reporter.say(
        "near-OOD: there is no embedding that these images could have vectors in, so RMD is left out. It needs: "
        f"{command(audit.name, 'embed')}"
    )
    return None


def _embedding(audit: Audit, against: str, encoder_run: str | None) -> Run | None:
    """The one named, else the newest that images of `against` have vectors in, or can be given some."""
    if encoder_run or not audit.runs("embed"):
        return audit.latest("embed", encoder_run) if encoder_run else None
    if against == HELD_OUT:
        return audit.latest("embed")
    found = embedding_for(audit, None, can_embed_more)
    return found if can_embed_more(found) else None


@dataclass(frozen=True)
class Detected:
    """One model's detection: which images, which detectors, and what its run is called. vog: its run of VoG."""

    model: Run
    sides: Sides
    rivals: RivalDetectors | None
    vog: Run | None
    spec: RunSpec
    planned: DetectionPlan


def prepare(
    audit: Audit, model: Run, others: Others, nearest: Nearest | None, eps: float, seed: int, device: torch.device
) -> Detected:
    """What one model's run will be. Raises TooFewRows below 10 images on either side."""
    sides = others.sides(model)
    if min(len(sides.in_distribution), len(sides.others)) < TOO_FEW:
        raise TooFewRows(
            f"{model.run_id}: {len(sides.in_distribution)} in-distribution images, "
            f"{len(sides.others)} of {sides.described}.",
            f"Detection needs {TOO_FEW} on either side that the model has not learned from.",
        )
    vog, rivals = vog_run(audit, model), rivals_of(audit, model, eps, seed, device)
    inputs = {"items": audit.items_fingerprint, "train": model.run_id, **others.inputs}
    inputs |= {"embed": nearest.embed_run.run_id} if nearest else {}
    inputs |= {"vog": vog.run_id} if vog else {}
    parameters: dict[str, Any] = {
        "against": sides.name, "resamples": RESAMPLES, "level": LEVEL, "form": FORM, **others.parameters,
        **(rivals.parameters if rivals else {}),
    }  # fmt: skip
    if nearest and not nearest.as_by_split(model):
        parameters["nearest_fit"] = "the model's own training images"  # older runs fitted to what they then evaluated
    spec = RunSpec("evaluate", NAME, inputs, parameters, seed)
    shown = isinstance(others, OtherImages)
    return Detected(model, sides, rivals, vog, spec, DetectionPlan(model, sides, rivals, bool(vog and shown), shown))


def evaluate_one(audit: Audit, one: Detected, others: Others, nearest: Nearest | None, reporter: Reporter) -> Done:
    """One model's run."""
    model, sides = one.model, one.sides
    _say_left_out(audit, one, nearest, reporter)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        in_distribution = own_scores(audit, model, one.vog, nearest, sides.in_distribution)
        theirs = others.scored(model, one.vog, sides.others)
        shown = {}
        if one.rivals:
            ours = own_shown(audit, model, sides.in_distribution, reporter)
            shown = one.rivals.scores([ours, others.shown(model, sides.others)], reporter)
        both = scores_of_both(in_distribution.scores, theirs.scores, shown)
        predicted = np.concatenate([in_distribution.predicted, theirs.predicted])
        names = views.classes(views.open_hub(audit, []))
        read_as = {**READ_AS, **(one.rivals.read_as if one.rivals else {})}
        lead = lead_of(both)
        rows = [
            *ood_rows(model.run_id, sides, both, one.spec.seed, read_as),
            *lead_rows(model.run_id, sides, lead),
            *class_rows(model.run_id, sides, both, predicted, names),
            *decile_rows(model.run_id, sides, both),
        ]
        writer.commit("all", metric_table(rows), seconds=watch.lap())
        compared = f"{len(sides.in_distribution):,} in-distribution images against {len(sides.others):,}"
        reporter.say(f"near-OOD of {model.run_id}: {compared} of {sides.described}; {highest(lead)}")

    return compute(audit, one.spec, work, reporter)


def _say_left_out(audit: Audit, one: Detected, nearest: Nearest | None, reporter: Reporter) -> None:
    """What a model's run will be without, and the command that gives it."""
    of = f"near-OOD of {one.model.run_id}:"
    if one.vog is None:
        needs = command(audit.name, "score", "vog", "--model", one.model.run_id)
        reporter.say(f"{of} VoG is left out. It needs: {needs}")
    if one.rivals is None:
        reporter.say(f"{of} ODIN and detectors by its features are left out: its weights are not there")
    if nearest and not nearest.fitted_to(one.model).any():
        reporter.say(
            f"{of} RMD is left out. It is fitted to images that the model is not evaluated on, and there is none: "
            "nobody said what it was trained on"
        )
