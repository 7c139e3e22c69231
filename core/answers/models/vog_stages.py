"""VoG early and late in training: the same images in two orders, which may point opposite ways."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...types import HARDER_HIGH
from ...wording import with_interval
from ..view.choices import ScoreChoice
from .error_by_difficulty import ErrorOrder

TARGETS, STAGES = ("logit", "probability"), ("early", "late", "all")
NAME = re.compile(rf"vog_({'|'.join(TARGETS)})_({'|'.join(STAGES)})(_predicted)?(_normalised)?")


@dataclass(frozen=True)
class VogForm:
    """One of the two dozen columns of a run of VoG.

    target: what the gradient is of. stage: over which checkpoints. predicted: of the predicted label and not of the
    given one. normalised: within the class.
    """

    target: str
    stage: str
    predicted: bool
    normalised: bool


def vog_form(name: str) -> VogForm | None:
    """Which form a score of that name is, None for another scorer's."""
    match = NAME.fullmatch(name)
    return VogForm(match[1], match[2], bool(match[3]), bool(match[4])) if match else None


@dataclass(frozen=True)
class StagePair:
    """VoG of one kind over the first and over the last checkpoints. name: what they have in common, in words."""

    name: str
    early: ScoreChoice
    late: ScoreChoice


def stage_pairs(scores: Sequence[ScoreChoice]) -> list[StagePair]:
    """Every kind of VoG that is stored for both stages, in the order of the scores."""
    found: dict[tuple[str, ...], dict[str, ScoreChoice]] = {}
    for score in scores:
        form = vog_form(score.name)
        if form and form.stage in ("early", "late"):
            words = (f"VoG of the {form.target}", "predicted label" if form.predicted else "given label",
                     "normalised by class" if form.normalised else "raw", score.made_from)  # fmt: skip
            found.setdefault((score.address.split(":", 1)[0], *words), {})[form.stage] = score
    names = [words[1:] for words in found]
    return [
        StagePair(", ".join(words[1:] if names.count(words[1:]) == 1 else (*words[1:], words[0][-6:])), **stages)
        for words, stages in found.items()
        if len(stages) == 2
    ]


def flip_in_words(early: ErrorOrder, late: ErrorOrder) -> str:
    """Whether the order turns over between the stages, with both measurements."""
    first, last = early.direction, late.direction
    figures = [f"AUROC {with_interval(at.auroc)}" for at in (early, late)]
    measured = f"early {figures[0]}, late {figures[1]}"
    if first is not None and last is not None and first != last:
        end = "high" if last == HARDER_HIGH else "low"
        return f"the order flips, late errors lie {end}: {measured}"
    if early.too_few or late.too_few:
        return f"too few errors to say which way either stage points: {measured}"
    if first is None and last is None:
        return f"at neither stage does the order show to go with error: {measured}"
    if first is not None and last is not None:
        end = "high" if last == HARDER_HIGH else "low"
        return f"no flip, errors lie {end} at both stages: {measured}"
    return f"only at the {'early' if last is None else 'late'} stage does the order show to go with error: {measured}"
