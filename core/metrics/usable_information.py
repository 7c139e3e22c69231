"""Usable information: how many bits of the labels a linear classifier can read out of an encoder's vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..types import Bools, Estimate, Floats, Ints
from .intervals import mean_estimate

SMALLEST = 2.0**-24
"""Probability that one of 0 counts as: half of what float32 tells from 1 beside it."""


def pointwise_information(p_label: Floats, labels: Ints) -> Floats:
    """(n,) bits that the vectors of an image tell of its own label: log2 p(label) less log2 of the label's share.

    p_label: (n,) probability of each given label by a probe that did not see the image, 0..1. labels: (n,) int. Below 0
    where the probe makes the label less likely than its share does. Ethayarajh, Choi & Swayamdipta 2022, pointwise
    V-information.
    """
    _, row, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    p = np.maximum(p_label.astype(np.float64), SMALLEST)
    return np.asarray(np.log2(p) - np.log2(sizes[row] / len(labels)))


def usable_information(p_label: Floats, labels: Ints, level: float = 0.95) -> Estimate:
    """H(Y) less the cross-entropy of the labels: mean `pointwise_information`, in bits, higher is better.

    H(Y): entropy of the labels' shares, which is the most there can be. Student's interval over images.
    """
    return replace(mean_estimate(pointwise_information(p_label, labels), level), unit="bits")


def information_by_class(p_label: Floats, labels: Ints, level: float = 0.95) -> Iterator[tuple[int, Estimate]]:
    """Each label that is there with its images' mean, in bits; the classes' shares count as known."""
    bits = pointwise_information(p_label, labels)
    for label in np.unique(labels).tolist():
        of_class: Bools = labels == label
        yield label, replace(mean_estimate(bits[of_class], level), unit="bits")


def label_entropy(labels: Ints) -> float:
    """H(Y), in bits: of the shares of labels. labels: (n,) int, n > 0."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(shares * np.log2(shares)).sum())
