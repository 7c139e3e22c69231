"""Models judged by two versions of the labels: worked by hand, and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from core.metrics.relabelled import kendall_rows, label_effect, places
from core.types import UNLABELLED


def test_accuracy_is_a_mean_over_networks_and_over_the_images_of_each_version() -> None:
    before, after = np.array([0, 0, 1, 1]), np.array([0, 1, 1, UNLABELLED])
    # The first model has two networks, right on 3 and 2 of 4 by the first version; on 3 and 2 of 3 by the second.
    predicted = np.array([[[0, 1, 1, 1], [0, 1, 0, 1]], [[0, 0, 0, 0], [UNLABELLED] * 4]])
    effect = label_effect(predicted, before, after, n=50)
    assert [accuracy.value for accuracy in effect.before] == pytest.approx([(3 + 2) / 8, 0.5])
    assert [accuracy.value for accuracy in effect.after] == pytest.approx([(3 + 2) / 6, 1 / 3])
    assert effect.change[0].value == pytest.approx(5 / 6 - 5 / 8)
    assert effect.tau.value == 1


def test_equal_labels_change_nothing_in_any_resample() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 3, 40), rng.integers(0, 3, (4, 1, 40))
    effect = label_effect(predicted, labels, labels, n=100)
    assert {change.value for change in effect.change} == {0.0}
    assert effect.tau.value == 1.0
    # No resample differs, which says nothing of images whose labels would.
    assert not any(estimate.has_interval for estimate in (*effect.change, effect.tau))


def test_tau_is_scipy_s_with_ties_and_undefined_where_all_are_equal() -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.integers(0, 4, (30, 6)) / 7 for _ in range(2))
    expected = [kendalltau(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(kendall_rows(a, b), expected)
    assert np.isnan(kendall_rows(np.ones((1, 3)), a[:1, :3])).all()


def test_equal_models_share_the_better_place() -> None:
    assert places(np.array([0.5, 0.9, 0.5, 0.1])).tolist() == [2, 1, 2, 4]
