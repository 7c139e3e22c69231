"""ROC and precision–recall curves of the scores that find wrong labels, thinned to points that a metric row can hold.

True labels are read by evaluation alone, so a page that draws these curves needs them stored.
"""

from __future__ import annotations

import numpy as np

from ..answers.finding import PRECISION_RECALL, ROC
from ..metrics.intervals import wilson
from ..metrics.labels import precision_recall_curve, roc_curve
from ..types import Bools, Floats
from .metric_rows import LEVEL, Metric

FALSE_POSITIVE_RATES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, *np.linspace(0.2, 1, 9))
RECALLS = (0.01, 0.02, *np.linspace(0.05, 1, 20))


def finding_curves(address: str, score: Floats, positive: Bools) -> list[Metric]:
    """Points of both curves with Wilson intervals, as if the threshold at each place had been fixed beforehand.

    score: (n,) float without NaN; positive: (n,) bool with both kinds. address: of the score.
    """
    return [*_roc(address, score, positive), *_precision_recall(address, score, positive)]


def _roc(address: str, score: Floats, positive: Bools) -> list[Metric]:
    """True positive rate at given false positive rates; between two thresholds along the line that joins them."""
    false, true, _ = roc_curve(score, positive)
    n = int(positive.sum())
    rows = []
    for rate in FALSE_POSITIVE_RATES:
        # Where the curve rises straight up, the top of the rise is reached at no further cost.
        at = int(np.searchsorted(false, rate, side="right"))
        value = float(true[at - 1] if at == len(false) or false[at - 1] == rate else np.interp(rate, false, true))
        low, high = wilson(value * n, n, LEVEL)
        rows.append(Metric(ROC, address, f"false positive rate {rate:.4g}", value, float(low), float(high), n))
    return rows


def _precision_recall(address: str, score: Floats, positive: Bools) -> list[Metric]:
    """Precision at the first threshold that finds a given share of the positives."""
    recall, precision, _ = precision_recall_curve(score, positive)
    n = int(positive.sum())
    rows = []
    for wanted in RECALLS:
        at = min(int(np.searchsorted(recall, wanted - 1e-12)), len(recall) - 1)
        found = recall[at] * n
        seen = found / precision[at]
        low, high = wilson(found, seen, LEVEL)
        row = Metric(
            PRECISION_RECALL, address, f"recall {wanted:.4g}", float(precision[at]), float(low), float(high),
            round(seen),
        )  # fmt: skip
        rows.append(row)
    return rows
