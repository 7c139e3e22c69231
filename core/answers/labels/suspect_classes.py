"""Suspects by class: how many, of how many, cut where, and how many of them are expected to be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...types import UNLABELLED, Bools, Estimate
from ..view.reader import Reader
from .precision_at_threshold import estimated, suspicion_values
from .suspects import Cuts, Suspects


@dataclass(frozen=True)
class SuspectClass:
    """One class. n: suspects among `judged` labelled images in view with a value. agreed: with a vote besides."""

    label: int
    name: str
    n: int
    judged: int
    agreed: int
    cut: float | None
    precision: Estimate | None


def suspect_classes(reader: Reader, found: Suspects, kept: Bools, view: Bools | None, cuts: Cuts) -> list[SuspectClass]:
    """Every class with a judged image in view, most suspects first. kept, view: (n,); None for all images."""
    labels, known = reader.labels, (reader.labels != UNLABELLED) & ~np.isnan(found.values)
    inside = known if view is None else known & view
    size = len(reader.class_names)
    judged = np.bincount(labels[inside], minlength=size)
    ids = found.order[(kept & inside)[found.order]]
    n = np.bincount(labels[ids], minlength=size)
    agreed = np.bincount(labels[ids[found.votes[ids] > 0]], minlength=size)
    probability = suspicion_values(reader)
    by_class = ids[np.argsort(labels[ids], kind="stable")]
    ends = np.cumsum(n)
    return sorted(
        (
            SuspectClass(
                label, name, int(n[label]), int(judged[label]), int(agreed[label]), cuts.of(label),
                estimated(probability, by_class[ends[label] - n[label] : ends[label]]),
            )
            for label, name in enumerate(reader.class_names)
            if judged[label]
        ),
        key=lambda one: -one.n,
    )  # fmt: skip
