"""Names of the metrics that evaluation stores and pages read."""

from __future__ import annotations

ROC, PRECISION_RECALL = "label_true_positive_rate", "label_precision_at_recall"
"""Points of the curves of a score that finds wrong labels; the slice ends with the place on the horizontal axis."""
