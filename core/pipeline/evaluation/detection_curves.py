"""ROC and precision–recall curves of the scores that find wrong labels, thinned to points that a metric row can hold.

True labels are read by evaluation alone, so a page that draws these curves needs them stored.
"""

from __future__ import annotations

from ...metrics.intervals import wilson
from ...metrics.labels import (
    FALSE_POSITIVE_RATES,
    RECALLS,
    first_with_recall,
    precision_recall_curve,
    roc_curve,
    true_positive_rate_at,
)
from ...store.metrics import LEVEL, PRECISION_RECALL, ROC, Metric
from ...types import Bools, Estimate, Floats


def finding_curves(address: str, score: Floats, positive: Bools) -> list[Metric]:
    """Points of both curves with Wilson intervals, as if the threshold at each place had been fixed beforehand.

    score: (n,) float without NaN; positive: (n,) bool with both kinds. address: of the score.
    """
    return [*_roc(address, score, positive), *_precision_recall(address, score, positive)]


def _roc(address: str, score: Floats, positive: Bools) -> list[Metric]:
    """True positive rate at given false positive rates."""
    false, true, _ = roc_curve(score, positive)
    n = int(positive.sum())
    rows = []
    heights = true_positive_rate_at(false, true, FALSE_POSITIVE_RATES)
    for rate, height in zip(FALSE_POSITIVE_RATES, heights, strict=True):
        low, high = wilson(height * n, n, LEVEL)
        at = Estimate(float(height), float(low), float(high), n, "share")
        rows.append(Metric(ROC, address, f"false positive rate {rate:.4g}", at))
    return rows


def _precision_recall(address: str, score: Floats, positive: Bools) -> list[Metric]:
    """Precision at the first threshold that finds a given share of the positives."""
    recall, precision, _ = precision_recall_curve(score, positive)
    n = int(positive.sum())
    rows = []
    for wanted, at in zip(RECALLS, first_with_recall(recall, RECALLS), strict=True):
        found = recall[at] * n
        seen = found / precision[at]
        low, high = wilson(found, seen, LEVEL)
        estimate = Estimate(float(precision[at]), float(low), float(high), round(seen), "share")
        rows.append(Metric(PRECISION_RECALL, address, f"recall {wanted:.4g}", estimate))
    return rows
