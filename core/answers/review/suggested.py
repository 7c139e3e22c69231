"""Which classes a reviewer is offered in place of the given one, by all scores and models together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...store.suggestions import doubts, other_classes, proposed
from ...store.tallies import share_as_given
from ...types import UNLABELLED
from ...wording import percent
from ..view.choices import ScoreChoice
from ..view.reader import Reader

MOST = 9  # as many as there are keys
LEAST_WEIGHT = 0.01  # of a model that predicts the given labels no better than chance

Found = list[tuple[ScoreChoice, dict[str, Any]]]
"""Scores with the image's rows of `score`."""
Said = list[tuple[str, dict[str, Any]]]
"""Ids of models' runs with the image's rows of `prediction`, and its probabilities under `probs`."""
Shares = Sequence[tuple[int, float]]
"""Classes with their probabilities."""


@dataclass(frozen=True)
class Suggested:
    """A class the image may be of. sources: how many of those asked name it in place of the given one.

    share: mean of the probabilities that scores and models have of it, a model weighing by how much better than chance
    it predicts the given labels; None where nobody has any.
    """

    name: str
    sources: int
    asked: int
    share: float | None

    @property
    def text(self) -> str:
        """The evidence in a few characters: "3 of 4 · 71 %"."""
        votes = f"{self.sources} of {self.asked}"
        return votes if self.share is None else f"{votes} · {percent(self.share)}"


@dataclass(frozen=True)
class _Votes:
    """asked: runs that suggest labels, and models. named: class -> those of them that doubt the given one for it.

    leaning: class -> runs that have it for the likeliest other, doubted or not.
    """

    asked: set[str]
    named: Mapping[int, set[str]]
    leaning: Mapping[int, set[str]]


def combined(
    reader: Reader, label: int, found: Found, said: Said, believed: Sequence[Shares] = ()
) -> tuple[Suggested, ...]:
    """Classes other than the given one, most evidence first.

    Each scoring run and each model is one source, however many columns it has: a run's columns share their evidence.
    Ordered by mean probability where a score has those of the classes (believed), as suspicion does, else by how many
    sources doubt the label for the class; then by the other, and by how many scores have it for the likeliest other.
    """
    votes = _votes(label, found, said)
    mean = _mean([(_weight(reader, run_id), pairs) for run_id, row in said if (pairs := _shares(row))], believed)

    def rank(other: int) -> tuple[float, ...]:
        named, share = -len(votes.named.get(other, ())), -mean.get(other, 0.0)
        # Suspicion has weighed what the other scores go by, and they would outvote it where it knows better.
        first = (share, named) if believed else (named, share)
        return (*first, -len(votes.leaning.get(other, ())), other)

    candidates = sorted({*votes.named, *votes.leaning, *mean} - {label}, key=rank)
    return tuple(
        Suggested(reader.class_name(other), len(votes.named.get(other, ())), len(votes.asked), mean.get(other))
        for other in candidates[:MOST]
    )


def believed(reader: Reader, image_id: int, found: Found) -> list[Shares]:
    """What each scoring run that has probabilities of classes gives the likeliest others."""
    runs = dict.fromkeys(choice.address.split(":", 1)[0] for choice, row in found if row["suggested_label"] is not None)
    return [pairs for run_id in runs if (pairs := other_classes(reader.hub, run_id, image_id))]


def _mean(by_models: Sequence[tuple[float, Shares]], believed: Sequence[Shares]) -> dict[int, float]:
    """Class -> its mean probability, a class that somebody does not name counting as 0 with them."""
    weighed = [*by_models, *((1.0, pairs) for pairs in believed)]
    total = sum(weight for weight, _ in weighed)
    mean: dict[int, float] = defaultdict(float)
    for weight, pairs in weighed:
        for other, share in pairs:
            mean[other] += weight * share / total
    return mean


def _weight(reader: Reader, run_id: str) -> float:
    """How much better than chance a model predicts the given labels, 0..1: one that is sure and wrong says nothing."""
    chance = 1 / max(len(reader.class_names), 2)
    return max((share_as_given(reader.hub, run_id) - chance) / (1 - chance), LEAST_WEIGHT)


def _votes(label: int, found: Found, said: Said) -> _Votes:
    asked = {run_id for run_id, _ in said}
    named, leaning = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
    for choice, row in found:
        if row["suggested_label"] in (None, UNLABELLED):
            continue
        run_id, other = choice.address.split(":", 1)[0], proposed(row, label)
        asked.add(run_id)
        if other != UNLABELLED:
            leaning[other].add(run_id)
            if label == UNLABELLED or doubts(row, label):
                named[other].add(run_id)
    for run_id, row in said:
        named[row["predicted"]].add(run_id)
    return _Votes(asked, named, leaning)


def _shares(row: Mapping[str, Any]) -> Shares:
    """The classes a model thinks likeliest, with their probabilities where it kept them."""
    probs = row["probs"]
    if probs is None or not np.isfinite(probs).all():
        return []
    return [(int(one), float(probs[one])) for one in row["top5"] or [row["predicted"]]]
