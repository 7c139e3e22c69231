"""Mean difficulty and error of each class, beside SciPy and NumPy class by class."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.metrics.correlation import class_means
from core.metrics.intervals import mean_estimate, share_estimate


def test_each_class_is_what_it_is_by_itself() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 2, 3, 5], 400)
    values = (1e6 + labels + rng.standard_normal(400)).astype(np.float64)
    wrong = rng.random(400) < 0.1 * labels
    found = class_means(values, labels, wrong)
    assert found.label.tolist() == [0, 2, 3, 5]
    for i, label in enumerate(found.label):
        rows = labels == label
        mean, share = mean_estimate(values[rows]), share_estimate(int(wrong[rows].sum()), int(rows.sum()))
        assert (found.mean[i], found.low[i], found.high[i]) == pytest.approx(mean.numbers)
        assert (found.rate[i], found.rate_low[i], found.rate_high[i]) == pytest.approx(share.numbers)
        assert (found.n[i], found.wrong[i]) == (rows.sum(), wrong[rows].sum())
    assert found.correlation().value == pytest.approx(stats.spearmanr(found.mean, found.rate).statistic)


def test_classes_that_are_hard_by_construction_correlate_and_others_do_not() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(40), 100)
    rate = np.linspace(0, 0.9, 40)
    wrong = rng.random(4000) < rate[labels]
    hard = class_means(rate[labels] + 0.1 * rng.standard_normal(4000), labels, wrong).correlation()
    none = class_means(rng.standard_normal(4000), labels, wrong).correlation()
    assert hard.low > 0.9
    assert none.low < 0 < none.high


def test_a_class_of_one_image_or_of_equal_values_has_a_mean_without_an_interval() -> None:
    found = class_means(np.array([1.0, 2.0, 2.0, 3.0, 5.0]), np.array([0, 1, 1, 2, 2]), np.zeros(5, bool))
    assert np.isnan(found.low).tolist() == [True, True, False]
    assert class_means(np.array([1.0, 2.0]), np.array([0, 1]), np.zeros(2, bool)).correlation().n == 2
    assert np.isnan(class_means(np.array([1.0, 2.0]), np.array([0, 1]), np.zeros(2, bool)).correlation().value)
