"""Selective classification: the risk that is left among the most confident, and what rejecting the others buys."""

from __future__ import annotations

import numpy as np

from ..errors import TooFewRows, command
from ..types import Bools, Floats


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


def accuracy_by_rejection(confidence: Floats, correct: Bools, rejected: Floats) -> Floats:
    """Accuracy of what is kept after refusing the least confident predictions.

    rejected: (r,) shares in 0..1. Returns (r,); one prediction at least is kept.
    """
    _, risk = risk_coverage_curve(confidence, correct)
    kept = np.maximum(1, np.round((1 - np.asarray(rejected)) * len(risk)).astype(int))
    return np.asarray(1 - risk[kept - 1])
