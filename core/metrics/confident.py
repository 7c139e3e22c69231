"""Confident learning: how many labels of each class are wrong, and which class they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import UNLABELLED, Floats, Ints


@dataclass(frozen=True)
class LabelNoise:
    """An estimate of the labels' errors, K classes; NaN where a class has no label to estimate from.

    thresholds: (K,), mean probability of a class among the images that carry its label.
    counts: (K, K) int, images given label i that are confidently class j.
    joint: (K, K), share of the data given i and truly j; sums to 1, its rows to the shares of the labels.
    error_rate: (K,), share of the labels of a class that are wrong.
    """

    thresholds: Floats
    counts: Ints
    joint: Floats
    error_rate: Floats

    @property
    def overall(self) -> float:
        """Estimated share of all labels that are wrong."""
        return float(1.0 - np.trace(self.joint))


def confident_learning(probabilities: Floats, labels: Ints) -> LabelNoise:
    """The joint of given and true labels from out-of-sample probabilities.

    probabilities: (n, K), rows sum to 1, each from a model that did not see the image. labels: (n,) int, UNLABELLED
    rows are left out. An image counts for the most probable class among those whose threshold its probability
    reaches, and for none if it reaches no threshold. Rows of the counts are then scaled to the counts of the labels.
    Northcutt, Jiang & Chuang 2021, equations 1-3.
    """
    known = labels != UNLABELLED
    p, given = probabilities[known].astype(np.float64), labels[known]
    n_classes = p.shape[1]
    size = np.bincount(given, minlength=n_classes)
    sums = np.bincount(given, weights=p[np.arange(len(p)), given], minlength=n_classes)
    thresholds = np.divide(sums, size, out=np.full(n_classes, np.nan), where=size > 0)
    reached = p >= np.where(np.isnan(thresholds), np.inf, thresholds) - 1e-6  # as cleanlab: a mean is reached by equals
    confident = reached.any(axis=1)
    true = np.where(reached, p, -np.inf).argmax(axis=1)
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (given[confident], true[confident]), 1)
    return LabelNoise(thresholds, counts, *_calibrate(counts, size))


def _calibrate(counts: Ints, size: Ints) -> tuple[Floats, Floats]:
    """The joint whose rows sum to the shares of the labels, and the error rate of each row."""
    weight = counts.astype(np.float64)
    silent = (weight.sum(axis=1) == 0) & (size > 0)
    weight[silent, silent] = 1.0  # a class with no confident image: nothing speaks against its labels
    rows = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, rows, out=np.zeros_like(weight), where=rows > 0)
    joint = share * (size / max(size.sum(), 1))[:, None]
    return joint, np.where(size > 0, 1.0 - np.diag(share), np.nan)
