"""What a score is worth on this data: does it go with a model's errors, and does it find wrong labels?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...metrics.agreement import spearman
from ...metrics.correlation import false_negative_correlation
from ...metrics.difficulty import ErrorSlices, difficulty_direction, error_by_decile, error_by_group
from ...metrics.intervals import share_of
from ...metrics.labels import found
from ...store.metrics import (
    DIRECTION,
    ERROR_AUROC,
    ERROR_BY_DECILE,
    ERROR_BY_GROUP,
    FALSE_NEGATIVE_CORRELATION,
    ITEMS,
    LABEL_AUROC,
    LABEL_AVERAGE_PRECISION,
    LABEL_NOISE,
    LABEL_PRECISION,
    LEVEL,
    OVER_CLASSES,
    WHOLE,
    Metric,
)
from ...store.wrong_labels import Truth
from ...types import Estimate, Floats
from .detection_curves import finding_curves
from .held_out import HeldOutPredictions
from .model_metrics import ENOUGH, RESAMPLES

LARGEST_GROUP = 500


def difficulty_rows(address: str, values: Floats, held_out: HeldOutPredictions, seed: int) -> Iterator[Metric]:
    """error_by_decile, error_by_group, direction, error_auroc and false_negative_correlation of a score, by a model.

    values: (n,) of all images; those that are not finite take no part. Decile 1 has the lowest values, group 1 the
    highest, of min(500, n/10) images each.
    """
    score = held_out.along(values)
    scored = np.isfinite(score)
    if scored.sum() < ENOUGH:
        return
    score, correct, labels = score[scored], held_out.forecasts.correct[scored], held_out.labels[scored]
    yield from slice_rows(ERROR_BY_DECILE, address, "decile", error_by_decile(score, correct))
    size = min(LARGEST_GROUP, len(score) // 10)
    yield from slice_rows(ERROR_BY_GROUP, address, "group", error_by_group(score, correct, size))
    measured = difficulty_direction(score, ~correct)
    note = f"Spearman correlation with error {spearman(score, (~correct).astype(float)):.3f}"
    yield Metric(DIRECTION, address, WHOLE, Estimate(measured.direction or 0, n=len(score)), note)
    yield Metric(ERROR_AUROC, address, WHOLE, measured.auroc, note)
    if not address.endswith("_normalised"):  # there every class has the same mean by construction
        by_class = false_negative_correlation(score, labels, correct, n=RESAMPLES, seed=seed, level=LEVEL)
        if np.isfinite(by_class.over_images.value):
            note = f"{len(np.unique(labels))} classes"
            yield Metric(FALSE_NEGATIVE_CORRELATION, address, WHOLE, by_class.over_images, note)
            yield Metric(FALSE_NEGATIVE_CORRELATION, address, OVER_CLASSES, by_class.over_classes, note)


def slice_rows(name: str, address: str, part: str, slices: ErrorSlices) -> Iterator[Metric]:
    """The error of each slice with its Wilson interval, numbered from 1."""
    for number, estimate in enumerate(slices.estimates, 1):
        yield Metric(name, address, f"{part} {number}", estimate)


def label_noise(truth: Truth) -> Metric:
    """Share of labels that are wrong."""
    return Metric(LABEL_NOISE, ITEMS, WHOLE, share_of(truth.wrong[truth.known]))


def suspicion_rows(address: str, values: Floats, truth: Truth, seed: int) -> Iterator[Metric]:
    """label_auroc, label_average_precision, label_precision and curve points: how well a score finds wrong labels."""
    rows = truth.known & np.isfinite(values)
    wrong = truth.wrong[rows]
    k = int(wrong.sum())
    if k == 0 or k == len(wrong):
        return
    success = found(values[rows], wrong, ks=(k,), n=RESAMPLES, seed=seed)
    for name, estimate in (
        (LABEL_AUROC, success.auroc), (LABEL_AVERAGE_PRECISION, success.average_precision),
        (LABEL_PRECISION, success.precision[k]),
    ):  # fmt: skip
        yield Metric(name, address, WHOLE, estimate, f"{k} wrong labels")
    yield from finding_curves(address, values[rows], wrong)
