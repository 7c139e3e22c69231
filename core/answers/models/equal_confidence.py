"""Easy and hard images at equal confidence, and what encoders tell of the labels: read from what evaluating stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...kinds.evaluate import FIFTHS_OF
from ...store.metrics import (
    ACCURACY_AT_CONFIDENCE,
    BY_CHANCE,
    ECE_WITHIN_FIFTHS,
    EQUAL_CONFIDENCE_GAP,
    WHOLE,
    Metric,
)
from ...types import Estimate, Floats
from ...wording import percent_interval
from ..estimates import asked_for, measured
from ..view.reader import Reader

PARTS = {WHOLE: "all", "before scaling": "half, before", "after scaling": "half, after"}
"""Slices of both figures -> what they are called beside each other."""


@dataclass(frozen=True, eq=False)
class FifthCurve:
    """Reliability of one fifth. confidence: (p,) ascending, in 0..1. accuracy: of each, with its interval."""

    confidence: Floats
    accuracy: list[Estimate]


@dataclass(frozen=True, eq=False)
class EqualConfidence:
    """A model on the easiest and the hardest fifth of the images by a score.

    score: its name. easy, hard: their curves over the same bins. gap, within: slice -> row, of how much more often easy
    images are right at equal confidence, and of ECE within fifths; by_chance: of what chance makes of the latter.
    """

    score: str
    easy: FifthCurve
    hard: FifthCurve
    gap: Mapping[str, Metric]
    within: Mapping[str, Metric]
    by_chance: Mapping[str, Metric]


def equal_confidence(reader: Reader, run_id: str) -> EqualConfidence | None:
    """What was stored of a model; None where nothing was."""
    gap = measured(reader, EQUAL_CONFIDENCE_GAP).get(run_id, {})
    if WHOLE not in gap:
        return None
    curves = measured(reader, ACCURACY_AT_CONFIDENCE).get(run_id, {})
    within = measured(reader, ECE_WITHIN_FIFTHS).get(run_id, {})
    by_chance = measured(reader, ECE_WITHIN_FIFTHS + BY_CHANCE).get(run_id, {})
    score = asked_for(reader, gap[WHOLE], FIFTHS_OF).rpartition(":")[2] or "difficulty"
    return EqualConfidence(score, _curve(curves, "easiest"), _curve(curves, "hardest"), gap, within, by_chance)


def _curve(rows: Mapping[str, Metric], group: str) -> FifthCurve:
    points = sorted(
        (float(part.rpartition(" ")[2]), row.estimate) for part, row in rows.items() if part.startswith(group)
    )
    return FifthCurve(np.array([place for place, _ in points]), [accuracy for _, accuracy in points])


def equal_in_words(found: EqualConfidence) -> str:
    """What follows from the gap: which side is right more often when the model is as sure, or that neither is."""
    gap = found.gap[WHOLE].estimate
    if not gap.has_interval:
        return "easy and hard images share no confidence at which they could be compared"
    apart = gap if gap.value >= 0 else Estimate(-gap.value, -gap.high, -gap.low, gap.n, gap.unit)
    easier = "easiest" if gap.value >= 0 else "hardest"
    if gap.low <= 0 <= gap.high:
        return f"not told apart at equal confidence: the {easier} fifth is right {percent_interval(apart)} more often"
    return f"at equal confidence the {easier} fifth is right {percent_interval(apart)} more often"
