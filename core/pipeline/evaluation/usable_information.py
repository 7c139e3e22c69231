"""Usable information of an embedding: what the probe that was fitted to it reads of the given labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...metrics.usable_information import information_by_class, label_entropy, usable_information
from ...store import views
from ...store.held_out import fit_rows
from ...store.metrics import LABEL_ENTROPY, LEVEL, USABLE_INFORMATION, WHOLE, Metric
from ...types import UNLABELLED, Estimate, ScoreInfo
from .model_metrics import ENOUGH

PROBE = "probe_self_confidence"
"""The column that holds one minus the probability of the given label."""


def information_rows(hub: views.Hub, info: ScoreInfo) -> Iterator[Metric]:
    """usable_information of the embedding that a probe was fitted to, of all labelled training images and by class;
    label_entropy of the same images.

    Of the training split alone: there the probe has not seen the image, and other splits' labels may differ from its.
    """
    labels, score = views.labels(hub), views.score(hub, info.address)
    rows = fit_rows(views.column(hub, "split")) & (labels != UNLABELLED) & np.isfinite(score)
    if not info.encoder_run or rows.sum() < ENOUGH:
        return
    given, p_label = labels[rows], 1 - score[rows].astype(np.float64)
    by, n = f"by {info.address}", len(given)
    yield Metric(USABLE_INFORMATION, info.encoder_run, WHOLE, usable_information(p_label, given, LEVEL), by)
    yield Metric(LABEL_ENTROPY, info.encoder_run, WHOLE, Estimate(label_entropy(given), n=n, unit="bits"))
    names = views.classes(hub)
    for label, estimate in information_by_class(p_label, given, LEVEL):
        yield Metric(USABLE_INFORMATION, info.encoder_run, f"class {names[label]}", estimate, by)
