"""Selective classification: the risk that is left among the most confident, and what rejecting the others buys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import TooFewRows, command
from ..types import Bools, Floats
from .ranking import augrc_of, aurc_of, rank


def risk_coverage_curve(confidence: Floats, correct: Bools) -> tuple[Floats, Floats]:
    """Error among the most confident share of predictions, for every share.

    confidence, correct: (n,). Returns (coverage, risk), (n,) each in 0..1, from the single most confident to all.
    Equal confidences count by their mean error, as over all orders of them. Geifman & El-Yaniv 2017.
    Raises TooFewRows if n = 0.
    """
    n = len(confidence)
    if n == 0:
        raise TooFewRows("There is no prediction to be selective about.", "Run", command(None, "train"))
    order = np.argsort(-confidence, kind="stable")
    _, run, size = np.unique(-confidence[order], return_inverse=True, return_counts=True)
    wrong = np.bincount(run, weights=~np.asarray(correct, bool)[order]) / size
    kept = np.arange(1, n + 1)
    return kept / n, np.cumsum(wrong[run]) / kept


def aurc(confidence: Floats, correct: Bools) -> float:
    """Area under the risk-coverage curve: the mean risk over all coverages, 0..1, lower is better.

    confidence, correct: (n,). Equal confidences count by the mean over their orders. Geifman, Uziel & El-Yaniv 2019.
    Raises TooFewRows if n = 0.
    """
    return float(aurc_of(*_accepted(confidence, correct))[0])


def augrc(confidence: Floats, correct: Bools) -> float:
    """Area under the generalised risk-coverage curve: the chance that a prediction is wrong and accepted, on average.

    confidence, correct: (n,). Returns 0..0.5, lower is better: (1 - AUROC) acc (1 - acc) + (1 - acc)² / 2, the AUROC
    that of correct against wrong ones by confidence. Equal confidences lie on a straight line between their ends.
    Raises TooFewRows if n = 0. Traub et al. 2024, equation 6.
    """
    return float(augrc_of(*_accepted(confidence, correct))[0])


def _accepted(confidence: Floats, correct: Bools) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(1, g) right and wrong predictions at or above each of g thresholds."""
    if len(confidence) == 0:
        raise TooFewRows("There is no prediction to be selective about.", "Run", command(None, "train"))
    ranking = rank(confidence, correct).condensed()
    return ranking.cumulative(np.ones((1, len(ranking.order))))


def accuracy_by_rejection(confidence: Floats, correct: Bools, rejected: Floats) -> Floats:
    """Accuracy of what is kept after refusing the least confident predictions.

    rejected: (r,) shares in 0..1. Returns (r,); one prediction at least is kept.
    """
    _, risk = risk_coverage_curve(confidence, correct)
    kept = np.maximum(1, np.round((1 - np.asarray(rejected)) * len(risk)).astype(int))
    return np.asarray(1 - risk[kept - 1])
