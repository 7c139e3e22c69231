"""What a model's confidence is worth: telling its errors, refusing them, and how sure it is when it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...metrics.detection import detection, selective_risk, spread
from ...metrics.intervals import share_estimate
from ...metrics.selective import accuracy_by_rejection
from ...store.metrics import (
    ACCURACY_BY_REJECTION,
    AUGRC,
    AURC,
    BY_ENTROPY,
    LEVEL,
    WRONG_CONFIDENCE,
    WRONG_ENTROPY,
    Metric,
)
from .held_out import HeldOutPredictions
from .model_metrics import RESAMPLES

REJECTED = tuple(range(0, 100, 10))  # per cent


def confidence_rows(held_out: HeldOutPredictions, seed: int) -> Iterator[Metric]:
    """misclassification_*, aurc, augrc, accuracy_by_rejection, wrong_entropy and wrong_confidence of a model.

    Right predictions are the positives, as in Cui et al. 2023, section 5; misclassification_aupr_error is the average
    precision with the errors as positives. Nothing that needs errors, or right predictions, where there are none.
    """
    yield from rejection_rows(held_out)
    if held_out.forecasts.correct.any() and not held_out.forecasts.correct.all():
        yield from detection_rows(held_out, seed)
    if not held_out.forecasts.correct.all():
        yield from wrong_rows(held_out, seed)


def detection_rows(held_out: HeldOutPredictions, seed: int) -> Iterator[Metric]:
    """By maximum softmax probability and by entropy."""
    subject, correct = held_out.model.run_id, held_out.forecasts.correct
    for name, score in (("MSP", held_out.forecasts.confidence), ("entropy", -held_out.entropy)):
        measures = detection(score, correct, n=RESAMPLES, seed=seed, level=LEVEL)
        base = f"{measures.prevalence:.4f} by chance"
        base_error = f"{1 - measures.prevalence:.4f} by chance"
        for figure, estimate, note in (
            ("auroc", measures.auroc, ""), ("aupr", measures.aupr, base),
            ("aupr_error", measures.aupr_negative, base_error), ("fpr95", measures.fpr_at_95_tpr, ""),
        ):  # fmt: skip
            yield Metric(f"misclassification_{figure}", subject, name, estimate, note)
        risk = selective_risk(score, correct, n=RESAMPLES, seed=seed, level=LEVEL)
        error = 1 - correct.mean()
        yield Metric(AURC, subject, name, risk.aurc, f"{error:.4f} by chance")
        yield Metric(AUGRC, subject, name, risk.augrc, f"{error / 2:.4f} by chance")


def rejection_rows(held_out: HeldOutPredictions) -> Iterator[Metric]:
    """Accuracy on the images that are left once the least sure 0 to 90 % are refused, by MSP and by entropy.

    Wilson intervals.
    """
    shares = np.array(REJECTED) / 100
    kept = np.maximum(1, np.round((1 - shares) * len(held_out.labels)).astype(int))
    for score, sure, ending in (
        ("MSP", held_out.forecasts.confidence, ""), ("entropy", -held_out.entropy, BY_ENTROPY),
    ):  # fmt: skip
        accuracy = accuracy_by_rejection(sure, held_out.forecasts.correct, shares)
        for percent, share, n in zip(REJECTED, accuracy.tolist(), kept.tolist(), strict=True):
            # Its value as computed: a share of equal confidences need not be of whole images.
            estimate = replace(share_estimate(share * n, n, LEVEL), value=share)
            part = f"rejected {percent} %{ending}"
            yield Metric(ACCURACY_BY_REJECTION, held_out.model.run_id, part, estimate, f"by {score}")


def wrong_rows(held_out: HeldOutPredictions, seed: int) -> Iterator[Metric]:
    """Mean and quartiles of entropy (nats) and confidence over the misclassified images (Cui et al., figure 11)."""
    wrong = ~held_out.forecasts.correct
    for name, values in ((WRONG_ENTROPY, held_out.entropy), (WRONG_CONFIDENCE, held_out.forecasts.confidence)):
        summary = spread(values[wrong], n=RESAMPLES, seed=seed, level=LEVEL)
        for part, estimate in (
            ("mean", summary.mean), ("quartile 1", summary.quartile_1), ("median", summary.median),
            ("quartile 3", summary.quartile_3),
        ):  # fmt: skip
            yield Metric(name, held_out.model.run_id, part, estimate)
