"""Reliability of the easiest and the hardest fifth at equal confidence, and calibration within fifths of difficulty.

A temperature moves all images of a confidence alike, so a gap between easy and hard ones is there after scaling too:
that is why each figure stands before and after it, on images that it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...metrics.calibration.equal_confidence import ReliabilityPair, reliability_pair
from ...metrics.calibration.forecasts import Forecasts, calibration
from ...metrics.difficulty import deciles
from ...store.metrics import (
    ACCURACY_AT_CONFIDENCE,
    ECE_WITHIN_FIFTHS,
    EQUAL_CONFIDENCE_GAP,
    LEVEL,
    WHOLE,
    Metric,
)
from ...types import Estimate, Ints
from .held_out import HeldOutPredictions
from .model_metrics import BINS, ENOUGH, Difficulty, chance_row
from .temperature_scaling import Scaling

FIFTHS = 5
GROUPS = ("easiest", "hardest")


def fifths_rows(
    held_out: HeldOutPredictions, difficulty: Difficulty, scaling: Scaling | None, seed: int
) -> Iterator[Metric]:
    """equal_confidence_gap and ece_within_fifths of all images, and before and after scaling; the curves of all."""
    values = held_out.along(difficulty.values)
    if np.isfinite(values).sum() < ENOUGH * FIFTHS:
        return
    subject = held_out.model.run_id
    fifth = deciles(np.where(np.isfinite(values), values, np.nan)) // 2  # without a value: -1, as their decile
    parts = {WHOLE: (fifth, held_out.forecasts)}
    if scaling is not None:
        parts |= {part: (fifth[scaling.rest], forecasts) for part, forecasts in scaling.slices.items()}
    for part, (of, forecasts) in parts.items():
        yield from within_rows(subject, part, of, forecasts, difficulty.address, seed)
        pair = compared(of, forecasts)
        if pair is not None:
            note = f"easiest less hardest fifth of {difficulty.address}"
            yield Metric(EQUAL_CONFIDENCE_GAP, subject, part, pair.gap, note)
            if part == WHOLE:
                yield from curve_rows(subject, pair, difficulty.address)


def compared(fifth: Ints, forecasts: Forecasts) -> ReliabilityPair | None:
    """The easiest fifth beside the hardest; None where they are too few."""
    both = (fifth == 0) | (fifth == FIFTHS - 1)
    chosen = forecasts.where(both)
    return reliability_pair(chosen.confidence, chosen.correct, fifth[both] == FIFTHS - 1, level=LEVEL)


def within_rows(
    subject: str, part: str, fifth: Ints, forecasts: Forecasts, address: str, seed: int
) -> Iterator[Metric]:
    """Mean ECE of five fifths by their images, where each has enough; and what chance makes of so few."""
    sizes = np.bincount(fifth[fifth >= 0], minlength=FIFTHS)
    if sizes.min() < ENOUGH:
        return
    found = [calibration(forecasts.where(fifth == f), n_bins=BINS, seed=seed, level=LEVEL) for f in range(FIFTHS)]
    mean = float(np.average([one.ece.value for one in found], weights=sizes))
    by_chance = float(np.average([one.ece_if_perfect for one in found], weights=sizes))
    n = int(sizes.sum())
    yield Metric(ECE_WITHIN_FIFTHS, subject, part, Estimate(mean, n=n, unit="share"), f"of {address}")
    yield chance_row(ECE_WITHIN_FIFTHS, subject, part, by_chance, n)


def curve_rows(subject: str, pair: ReliabilityPair, address: str) -> Iterator[Metric]:
    """accuracy_at_confidence: a point for each fifth and bin that has images."""
    for number, group in enumerate(GROUPS):
        for i, estimate in enumerate(pair.estimates(number)):
            if estimate.n:
                part = f"{group} fifth {i + 1} at {pair.confidence[number, i]:.4f}"
                yield Metric(ACCURACY_AT_CONFIDENCE, subject, part, estimate, f"of {address}")
