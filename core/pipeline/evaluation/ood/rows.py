"""What scores of both sides tell, as rows of the `metric` table, and the one that tells most in words.

Of each model, slice "<score> against <set>":

    ood_auroc                              with its interval
    ood_aupr_in, ood_aupr_out, ood_fpr95   with bootstrap intervals; aupr_out is of the others, by -score
    ood_prevalence                         share of in-distribution images, base line of aupr_in: chosen, no interval

Slice "<score> ahead of <score> against <set>", of the two with the highest AUROC:

    ood_lead                               difference of both on the same images; the note says from how many

Slice "<score> against <set>, predicted as <class>", of the classes that ten images of either side are taken for:

    ood_class_auroc                        of the images that the model takes for this class

Slice "decile 1 against <set>" (lowest VoG) to "decile 10 …", of the images of both sides together:

    ood_share_by_vog                       share that is out-of-distribution. Agarwal et al. 2022, figure 11b
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....metrics.auroc import auroc_difference, auroc_interval
from ....metrics.detection import detection
from ....metrics.difficulty import DECILES, deciles
from ....metrics.intervals import share_of
from ....store.metrics import LEVEL, OOD_CLASS_AUROC, OOD_LEAD, OOD_PREVALENCE, OOD_SHARE_BY_VOG, Metric
from ....types import Bools, Estimate, Ints
from ....wording import with_interval
from .origins import Sides
from .scores import WINDOW
from .sides import NEAREST, VOG, VOG_REVERSED, Scores

RESAMPLES = 1000
TOO_FEW = 10  # images on either side, below which no interval is to be trusted
READ_AS = {
    "MSP": "a high maximum probability", "entropy": "low entropy", "MaxLogit": "a high maximum logit",
    "energy": "a low energy (a high log-sum-exp of the logits)", NEAREST: "a small RMD to the nearest class",
    VOG: f"low VoG ({WINDOW})", VOG_REVERSED: f"high VoG ({WINDOW})",
}  # fmt: skip
"""Which end of a score is read as in-distribution; `RivalDetectors.read_as` says it of the others."""


@dataclass(frozen=True)
class BothSides:
    """The scores that both sides have, name -> (m,), higher is more in-distribution. in_distribution: (m,) bool."""

    scores: Scores
    in_distribution: Bools


def scores_of_both(in_distribution: Scores, others: Scores, of_both: Scores | None = None) -> BothSides:
    """Both sides' name -> scores of its images, higher is more in-distribution. VoG is read both ways.

    of_both: further ones, of the in-distribution images and then the others.
    """
    both = {name: np.concatenate([in_distribution[name], others[name]]) for name in in_distribution if name in others}
    if VOG in both:
        both[VOG_REVERSED] = -both[VOG]
    n, n_others = (len(next(iter(side.values()), ())) for side in (in_distribution, others))
    return BothSides({**both, **(of_both or {})}, np.arange(n + n_others) < n)


def ood_rows(
    subject: str, sides: Sides, both: BothSides, seed: int, read_as: Mapping[str, str] = READ_AS
) -> list[Metric]:
    """Rows of every score. read_as: which end of each is read as in-distribution."""
    rows = []
    for name, score in both.scores.items():
        found = detection(score, both.in_distribution, n=RESAMPLES, seed=seed, level=LEVEL)
        part = f"{name} against {sides.name}"
        note = (
            f"in-distribution is positive, {read_as[name]} is in-distribution; {len(sides.others)} of {sides.described}"
        )
        estimates = {
            "ood_auroc": found.auroc, "ood_aupr_in": found.aupr, "ood_aupr_out": found.aupr_negative,
            "ood_fpr95": found.fpr_at_95_tpr,
            # A share that was chosen by drawing so many of either side: of nothing else is it an estimate.
            OOD_PREVALENCE: Estimate(found.prevalence, n=found.n, unit="share"),
        }  # fmt: skip
        rows += [Metric(metric, subject, part, estimate, note) for metric, estimate in estimates.items()]
    return rows


def class_rows(
    subject: str, sides: Sides, both: BothSides, predicted: Ints, class_names: Sequence[str]
) -> list[Metric]:
    """Rows of every score by predicted class, where there are enough images. predicted: (m,) of both sides."""
    rows = []
    for label, name in enumerate(class_names):
        of_class = predicted == label
        n, n_others = (int((of_class & side).sum()) for side in (both.in_distribution, ~both.in_distribution))
        if min(n, n_others) < TOO_FEW:
            continue
        note = f"{n} in-distribution images and {n_others} others that the model takes for {name}"
        for score, values in both.scores.items():
            estimate = auroc_interval(values[of_class], both.in_distribution[of_class], LEVEL)
            part = f"{score} against {sides.name}, predicted as {name}"
            rows.append(Metric(OOD_CLASS_AUROC, subject, part, estimate, note))
    return rows


def decile_rows(subject: str, sides: Sides, both: BothSides) -> list[Metric]:
    """Share of the others by decile of the VoG of both sides, lowest first; none where fewer than ten have VoG."""
    if VOG_REVERSED not in both.scores or np.isfinite(both.scores[VOG_REVERSED]).sum() < DECILES:
        return []
    decile = deciles(both.scores[VOG_REVERSED])  # the reverse of what is turned so that low VoG is in-distribution: VoG
    note = f"share of out-of-distribution images by decile of VoG ({WINDOW}), both sides together, lowest first"
    return [
        Metric(OOD_SHARE_BY_VOG, subject, f"decile {i + 1} against {sides.name}",
               share_of(~both.in_distribution[decile == i]), note)
        for i in range(DECILES)
    ]  # fmt: skip


@dataclass(frozen=True)
class Lead:
    """The score of the highest AUROC and the next. ahead: of the same images, paired; None of one score alone.

    n: scores that they were picked from.
    """

    first: str
    auroc: Estimate
    second: str
    ahead: Estimate | None
    n: int


def lead_of(both: BothSides) -> Lead:
    """Which score tells the sides best on these images, and by how much it is ahead of the next."""
    auroc = {name: auroc_interval(score, both.in_distribution, LEVEL) for name, score in both.scores.items()}
    defined = [name for name in auroc if np.isfinite(auroc[name].value)]
    first, *others = sorted(defined, key=lambda name: -auroc[name].value)
    if not others:
        return Lead(first, auroc[first], "", None, 1)
    ahead = auroc_difference(both.scores[first], both.scores[others[0]], both.in_distribution, LEVEL)
    return Lead(first, auroc[first], others[0], ahead, len(defined))


def lead_rows(subject: str, sides: Sides, lead: Lead) -> list[Metric]:
    """The row of the lead; none where one score alone is there."""
    if lead.ahead is None:
        return []
    part = f"{lead.first} ahead of {lead.second} against {sides.name}"
    note = f"picked from {lead.n} scores"
    return [Metric(OOD_LEAD, subject, part, lead.ahead, note)]


def highest(lead: Lead) -> str:
    """The same in words."""
    said = f"highest AUROC, estimated: {with_interval(lead.auroc)} by {lead.first}"
    if lead.ahead is None:
        return said
    shown = f"ahead of {lead.second} by {with_interval(lead.ahead)}, paired; picked from {lead.n} scores"
    return f"{said}, {shown}" if lead.ahead.low > 0 else f"{said}, {shown}: not told apart"
