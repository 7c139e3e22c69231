"""Selective classification: how well confidence tells right from wrong predictions, and what refusing buys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import TooFewRows
from ..types import Bools, Floats
from ..wording import command
from .labels import auroc, average_precision, roc_curve


@dataclass(frozen=True)
class Separation:
    """How well a score puts positives above negatives. All in 0..1; NaN without both kinds.

    n: rows. prevalence: share of positives, the base line of aupr. aupr: average precision of the positives.
    aupr_negative: of the negatives, by the score's other end; its base line is 1 - prevalence.
    fpr_at_95_tpr: negatives let through by the highest threshold that keeps 95 % of positives; lower is better.
    """

    n: int
    prevalence: float
    auroc: float
    aupr: float
    aupr_negative: float
    fpr_at_95_tpr: float


def separation(score: Floats, positive: Bools) -> Separation:
    """Figures of a detector. score: (n,) float, positives expected high; positive: (n,) bool.

    For misclassification the score is a confidence and the positives are the correct predictions; for other
    distributions the positives are the images of the familiar one. Cui et al. 2023, section 5.
    """
    positive = np.asarray(positive, bool)
    return Separation(
        n=len(score),
        prevalence=float(positive.mean()) if len(score) else np.nan,
        auroc=auroc(score, positive),
        aupr=average_precision(score, positive),
        aupr_negative=average_precision(-score, ~positive),
        fpr_at_95_tpr=fpr_at_tpr(score, positive),
    )


def fpr_at_tpr(score: Floats, positive: Bools, tpr: float = 0.95) -> float:
    """Share of negatives at or above the highest threshold that keeps `tpr` of positives. NaN without both kinds."""
    positive = np.asarray(positive, bool)
    if positive.all() or not positive.any():
        return np.nan
    false, true, _ = roc_curve(score, positive)
    return float(false[np.argmax(true >= tpr - 1e-12)])  # 19 of 20 is 95 %, whatever its last binary digit


def negative_entropy(probabilities: Floats) -> Floats:
    """(n,) sum of p log p in nats, 0 or less, higher is more confident. probabilities: (n, K), rows sum to 1."""
    p = probabilities.astype(np.float64)
    return np.asarray((p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1))


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
    """Area under the risk-coverage curve: mean risk over all coverages, 0..1, lower is better."""
    return float(risk_coverage_curve(confidence, correct)[1].mean())


def accuracy_by_rejection(confidence: Floats, correct: Bools, rejected: Floats) -> Floats:
    """Accuracy of what is kept after refusing the least confident predictions.

    rejected: (r,) shares in 0..1. Returns (r,); one prediction at least is kept.
    """
    _, risk = risk_coverage_curve(confidence, correct)
    kept = np.maximum(1, np.round((1 - np.asarray(rejected)) * len(risk)).astype(int))
    return np.asarray(1 - risk[kept - 1])
