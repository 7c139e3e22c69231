"""Detectors with intervals: a score that tells right predictions from wrong ones, or familiar images from others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import Bools, Estimate, Floats
from .auroc import auroc_interval
from .intervals import bootstrap_counts, drawn_in_order
from .ranking import augrc_of, aurc_of, average_precision_of, fpr_of, rank


@dataclass(frozen=True)
class Detection:
    """How well a score puts positives above negatives. 0..1, NaN without both kinds. Cui et al. 2023, section 5.

    n: rows with a score. prevalence: share of positives, the base line of aupr; that of aupr_negative is the rest.
    aupr: average precision of the positives; aupr_negative: of the negatives, by the score's other end. fpr_at_95_tpr:
    negatives let through by the highest threshold that keeps 95 % of positives; lower is better.
    """

    n: int
    prevalence: float
    auroc: Estimate
    aupr: Estimate
    aupr_negative: Estimate
    fpr_at_95_tpr: Estimate


def detection(score: Floats, positive: Bools, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> Detection:
    """How well a score puts positives above negatives. score: (n,) float, NaN takes no part. positive: (n,) bool.

    For misclassification the positives are the right predictions, for other distributions the familiar images. AUROC
    has the interval of `auroc_interval`, the others that of n resamples, and none where the order is perfect.
    """
    positive = np.asarray(positive, bool)
    falling, rising = rank(score, positive).condensed(), rank(-score, ~positive).condensed()
    rows = len(falling.order)
    if rows == 0:
        unknown = Estimate(np.nan)
        return Detection(0, np.nan, unknown, unknown, unknown, unknown)

    def figures(counts: NDArray[Any]) -> Floats:
        both = falling.cumulative(counts)
        return np.stack([
            average_precision_of(*both), average_precision_of(*rising.cumulative(counts)), fpr_of(*both)
        ])  # fmt: skip

    found = bootstrap_counts(figures, rows, n=n, seed=seed, level=level)
    return Detection(rows, float(falling.positive.mean()), auroc_interval(score, positive, level), *found)


@dataclass(frozen=True)
class SelectiveRisk:
    """What accepting the most confident predictions risks, over all coverages; lower is better.

    aurc: mean error of the accepted, 0..1. augrc: mean share of all predictions that are wrong and accepted, 0..0.5;
    unlike aurc it gives the few most confident ones no more weight than the others. Both with percentile intervals.
    """

    aurc: Estimate
    augrc: Estimate


def selective_risk(
    confidence: Floats, correct: Bools, *, n: int = 1000, seed: int = 0, level: float = 0.95
) -> SelectiveRisk:
    """Areas under the risk-coverage and the generalised risk-coverage curve. confidence, correct: (n,) each, n > 0.

    Geifman, Uziel & El-Yaniv 2019; Traub et al. 2024.
    """
    # Runs of wrong predictions alone may be taken together here too: every one of them adds the same risk.
    ranking = rank(confidence, correct).condensed()

    def figures(counts: NDArray[Any]) -> Floats:
        accepted = ranking.cumulative(counts)
        return np.stack([aurc_of(*accepted), augrc_of(*accepted)])

    return SelectiveRisk(*bootstrap_counts(figures, len(ranking.order), n=n, seed=seed, level=level))


@dataclass(frozen=True)
class ScoreSpread:
    """Mean and quartiles of a quantity, each with its interval."""

    mean: Estimate
    quartile_1: Estimate
    median: Estimate
    quartile_3: Estimate


def spread(values: Floats, *, n: int = 1000, seed: int = 0, level: float = 0.95) -> ScoreSpread:
    """Mean and quartiles (linear between ranks) of values, (n,) finite, n > 0."""
    ordered = np.sort(values.astype(np.float64))
    at = np.array([0.25, 0.5, 0.75]) * (len(ordered) - 1)
    below = at.astype(int)
    above, part = np.minimum(below + 1, len(ordered) - 1), at - below

    def figures(counts: NDArray[Any]) -> Floats:
        drawn = drawn_in_order(counts)  # values are in order, so this is each resample sorted
        quartiles = ordered[drawn[:, below]] * (1 - part) + ordered[drawn[:, above]] * part
        return np.stack([counts @ ordered / len(ordered), *quartiles.T])

    return ScoreSpread(*bootstrap_counts(figures, len(ordered), n=n, seed=seed, level=level))
