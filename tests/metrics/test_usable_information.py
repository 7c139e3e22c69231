"""Usable information: entropy less cross-entropy by others' code, what is planted, and an interval that holds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict

from core.metrics.usable_information import (
    information_by_class,
    label_entropy,
    pointwise_information,
    usable_information,
)
from core.types import Floats, Ints


def probed(n: int, tells: float, seed: int = 0, k: int = 4) -> tuple[Floats, Ints]:
    """Out-of-fold probabilities of a linear classifier, and labels of uneven classes. tells: how far apart they lie."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(k, n, p=[0.4, 0.3, 0.2, 0.1])
    features = rng.normal(size=(n, 6)) + tells * np.eye(k, 6)[labels]
    return cross_val_predict(LogisticRegression(), features, labels, method="predict_proba"), labels


def test_it_is_entropy_less_cross_entropy() -> None:
    p, labels = probed(500, 2.0)
    found = usable_information(p[np.arange(500), labels], labels)
    h = entropy(np.bincount(labels), base=2)
    assert label_entropy(labels) == pytest.approx(h, abs=1e-9)
    assert found.value == pytest.approx(h - log_loss(labels, p) / np.log(2), abs=1e-9)
    assert found.low < found.value < found.high < h
    assert found.unit == "bits"


def test_classes_average_to_the_whole() -> None:
    p, labels = probed(500, 2.0)
    p_label = p[np.arange(500), labels]
    classes = dict(information_by_class(p_label, labels))
    assert sum(one.value * one.n for one in classes.values()) / 500 == pytest.approx(
        usable_information(p_label, labels).value
    )
    third = labels == 2
    assert classes[2].value == pytest.approx(np.mean(np.log2(p_label[third] / third.mean())), abs=1e-9)


def test_vectors_that_tell_nothing_have_none_and_a_sure_probe_has_all() -> None:
    p, labels = probed(2000, 0.0)
    found = usable_information(p[np.arange(2000), labels], labels)
    assert -0.05 < found.value < 0.01
    sure = usable_information(np.ones(2000), labels)
    assert sure.value == pytest.approx(label_entropy(labels))


def test_a_probability_of_nought_costs_much_but_not_everything() -> None:
    assert pointwise_information(np.array([0.0, 1.0]), np.array([0, 1])).tolist() == [-23.0, 1.0]


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 1000])
def test_the_interval_holds_the_truth_as_often_as_it_says(n: int) -> None:
    # A probe that knows the distribution: of 4 uneven classes and one normal feature each.
    shares, means = np.array([0.4, 0.3, 0.2, 0.1]), 1.5 * np.arange(4)

    def drawn(m: int, seed: int) -> tuple[Floats, Ints]:
        rng = np.random.default_rng([n, seed])
        labels = rng.choice(4, m, p=shares)
        x = rng.normal(size=m) + means[labels]
        p = shares * np.exp(-((x[:, None] - means) ** 2) / 2)
        return (p / p.sum(axis=1, keepdims=True))[np.arange(m), labels], labels

    truth = usable_information(*drawn(1_000_000, 0)).value
    held = [found.low <= truth <= found.high for found in (usable_information(*drawn(n, s)) for s in range(1, 601))]
    assert 0.92 <= np.mean(held) <= 0.97
