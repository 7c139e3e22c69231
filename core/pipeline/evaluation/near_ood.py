"""Near-OOD detection: do a network's or an encoder's scores tell familiar images from those of other classes?

Familiar images are held-out ones of the classes a network was given, and are the positives. The others are held-out
images of the classes that were held out of its training, or those of another audit. Rows of the `metric` table, of each
network, slice "<score> against <set>":

    ood_auroc                              with its interval
    ood_aupr_in, ood_aupr_out, ood_fpr95   with bootstrap intervals; aupr_out is of the others, by -score
    ood_prevalence                         share of familiar images, the base line of aupr_in: chosen, so no interval

Every score is turned so that higher means familiar: MSP, -entropy, MaxLogit, -VoG and its reverse, -RMD to the nearest
class. Which way VoG points is not known beforehand, so both ways are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...device import pick_device, set_threads
from ...errors import TooFewRows, command
from ...kinds.evaluate import HELD_OUT
from ...metrics.auroc import auroc_difference, auroc_interval
from ...metrics.detection import detection
from ...progress import Reporter
from ...store.audit import Audit
from ...store.metrics import LEVEL, OOD_PREVALENCE, Metric, metric_table
from ...store.writer import RunWriter, Stopwatch
from ...types import Bools, Estimate, Run, RunSpec
from ...wording import with_interval
from ..scoring.embeddings import can_embed_more, embedding_for
from ..steps import Done, compute
from .choose_models import with_weights
from .ood_scores import Nearest, vog_run
from .ood_sides import READ_AS, HeldOut, OtherImages, Others, Scores, Sides, own_scores
from .shown_images import other_audit

NAME = "near-ood"
FORM = 2
"""Raised when the rows change, so that older ones are not taken for them."""
IMAGES, RESAMPLES = 500, 1000
TOO_FEW = 10  # images on either side, below which no interval is to be trusted


def near_ood(
    audit: Audit,
    networks: Sequence[Run],
    against: str,
    reporter: Reporter,
    *,
    encoder_run: str | None = None,
    images: int = IMAGES,
    seed: int = 0,
    device: str = "auto",
) -> list[Done]:
    """Evaluate every score of each network against other images. A run per network.

    against: "held-out", the classes held out of each network's training, all of whose held-out images are taken, as are
    the familiar ones; or another audit's name or the path of data, from which, as from the familiar images, at most
    `images` are drawn by the seed. Without an embedding RMD is left out, without a VoG run VoG, and it is said.
    Raises BadInput where a network was given every class, TooFewRows below 10 images on either side.
    """
    set_threads()
    embed_run = _embedding(audit, against, encoder_run)
    if embed_run is None:
        reporter.say(
            "near-OOD: there is no embedding that these images could have vectors in, so RMD is left out. It needs: "
            f"{command(audit.name, 'embed')}"
        )
    other = None if against == HELD_OUT else other_audit(audit, against, reporter)
    if other:
        networks = with_weights(audit, networks, reporter)
    nearest = Nearest(audit, embed_run) if embed_run else None
    path = Path(against) if other and other.path.is_relative_to(audit.cache) else None
    others: Others = HeldOut(audit, nearest)
    if other:
        others = OtherImages(audit, nearest, other, images, seed, pick_device(device), path)
    return [evaluate_one(audit, network, others, nearest, seed, reporter) for network in networks]


def _embedding(audit: Audit, against: str, encoder_run: str | None) -> Run | None:
    """The one named, else the newest that images of `against` have vectors in, or can be given some."""
    if encoder_run or not audit.runs("embed"):
        return audit.latest("embed", encoder_run) if encoder_run else None
    if against == HELD_OUT:
        return audit.latest("embed")
    found = embedding_for(audit, None, can_embed_more)
    return found if can_embed_more(found) else None


def evaluate_one(
    audit: Audit, network: Run, others: Others, nearest: Nearest | None, seed: int, reporter: Reporter
) -> Done:
    """One network's run."""
    sides = others.sides(network)
    if min(len(sides.familiar), len(sides.others)) < TOO_FEW:
        raise TooFewRows(
            f"{network.run_id}: {len(sides.familiar)} in-distribution images, "
            f"{len(sides.others)} of {sides.described}.",
            f"Detection needs {TOO_FEW} on either side that the model has not learned from.",
        )
    vog = vog_run(audit, network)
    if vog is None:
        needs = command(audit.name, "score", "vog", "--model", network.run_id)
        reporter.say(f"near-OOD of {network.run_id}: VoG is left out. It needs: {needs}")
    if nearest and not nearest.fitted_to(network).any():
        reporter.say(
            f"near-OOD of {network.run_id}: RMD is left out. It is fitted to images that the model is not evaluated "
            "on, and there is none: nobody said what it was trained on"
        )
    inputs = {"items": audit.items_fingerprint, "train": network.run_id, **others.inputs}
    inputs |= {"embed": nearest.embed_run.run_id} if nearest else {}
    inputs |= {"vog": vog.run_id} if vog else {}
    parameters = {"against": sides.name, "resamples": RESAMPLES, "level": LEVEL, "form": FORM, **others.parameters}
    if nearest and not nearest.as_by_split(network):
        parameters["nearest_fit"] = "the model's own training images"  # older runs fitted to what they then evaluated
    spec = RunSpec("evaluate", NAME, inputs, parameters, seed)

    def work(writer: RunWriter) -> None:
        watch = Stopwatch()
        familiar = own_scores(audit, network, vog, nearest, sides.familiar)
        both = scores_of_both(familiar, others.scores(network, vog, sides.others))
        rows = ood_rows(network.run_id, sides, both, seed)
        writer.commit("all", metric_table(rows), seconds=watch.lap())
        said = f"{len(sides.familiar):,} in-distribution images against {len(sides.others):,} of {sides.described}"
        reporter.say(f"near-OOD of {network.run_id}: {said}; {highest(both)}")

    return compute(audit, spec, work, reporter)


@dataclass(frozen=True)
class BothSides:
    """The scores that both sides have, name -> (m,), higher is more familiar. familiar: (m,) bool."""

    scores: Scores
    familiar: Bools


def scores_of_both(familiar: Scores, others: Scores) -> BothSides:
    """familiar, others: name -> scores of that side's images, higher is more familiar. VoG is read both ways."""
    both = {name: np.concatenate([familiar[name], others[name]]) for name in familiar if name in others}
    if "VoG" in both:
        both["VoG reversed"] = -both["VoG"]
    n, n_others = (len(next(iter(side.values()), ())) for side in (familiar, others))
    return BothSides(both, np.arange(n + n_others) < n)


def ood_rows(subject: str, sides: Sides, both: BothSides, seed: int) -> list[Metric]:
    """Rows of every score."""
    rows = []
    for name, score in both.scores.items():
        found = detection(score, both.familiar, n=RESAMPLES, seed=seed, level=LEVEL)
        part = f"{name} against {sides.name}"
        note = (
            f"in-distribution is positive, {READ_AS[name]} is in-distribution; {len(sides.others)} of {sides.described}"
        )
        estimates = {
            "ood_auroc": found.auroc, "ood_aupr_in": found.aupr, "ood_aupr_out": found.aupr_negative,
            "ood_fpr95": found.fpr_at_95_tpr,
            # A share that was chosen by drawing so many of either side: of nothing else is it an estimate.
            OOD_PREVALENCE: Estimate(found.prevalence, n=found.n, unit="share"),
        }  # fmt: skip
        rows += [Metric(metric, subject, part, estimate, note) for metric, estimate in estimates.items()]
    return rows


def highest(both: BothSides) -> str:
    """The score of the highest AUROC, and by how much it is ahead of the next on the same images."""
    auroc = {name: auroc_interval(score, both.familiar, LEVEL) for name, score in both.scores.items()}
    defined = [name for name in auroc if np.isfinite(auroc[name].value)]
    first, *others = sorted(defined, key=lambda name: -auroc[name].value)
    said = f"highest AUROC, estimated: {with_interval(auroc[first])} by {first}"
    if not others:
        return said
    ahead = auroc_difference(both.scores[first], both.scores[others[0]], both.familiar, LEVEL)
    shown = f"ahead of {others[0]} by {with_interval(ahead)}, paired; picked from {len(defined)} scores"
    return f"{said}, {shown}" if ahead.low > 0 else f"{said}, {shown}: not told apart"
