"""AUROC over groups: what it is, and that it holds the truth where an interval over rows does not."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from core.metrics.auroc import auroc_interval
from core.metrics.clustered_auroc import clustered_auroc


def test_the_value_is_the_auroc_and_the_ends_take_five_groups() -> None:
    rng = np.random.default_rng(0)
    score, positive, groups = rng.normal(size=60), np.arange(60) < 30, np.arange(60) % 5
    found = clustered_auroc(score, positive, groups)
    assert found.value == auroc_interval(score, positive).value
    assert found.n == 5
    assert found.has_interval
    four = clustered_auroc(score, positive, np.arange(60) % 4)
    assert (four.value, four.n, four.has_interval) == (found.value, 4, False)
    assert np.isnan(clustered_auroc(score, np.ones(60, bool), groups).value)
    assert not clustered_auroc(score, np.arange(60) < 1, groups).has_interval


@pytest.mark.parametrize("turned", [False, True])
def test_a_perfect_order_says_no_more_than_as_many_successes_as_groups(turned: bool) -> None:
    positive, groups = np.arange(100) < 50, np.arange(100) % 10
    found = clustered_auroc(np.where(positive != turned, 1.0, 0.0), positive, groups)
    end = 0.025**0.1
    assert found.numbers == pytest.approx((0.0, 0.0, 1 - end) if turned else (1.0, end, 1.0))


@pytest.mark.parametrize(("n_groups", "between", "shift"), [(5, 1.0, 0.0), (5, 0.5, 1.0), (20, 1.0, 1.0)])
def test_it_holds_the_truth_where_groups_vary_together(n_groups: int, between: float, shift: float) -> None:
    """Groups of ten negatives, each group with a place of its own; 150 positives that share none."""
    rng, times = np.random.default_rng(1), 400
    positive, groups = np.arange(150 + 10 * n_groups) < 150, np.repeat(np.arange(n_groups + 15), 10) - 15
    truth = NormalDist().cdf(shift / np.sqrt(2 + between**2))
    held = np.zeros(2)
    for _ in range(times):
        of_group = np.repeat(between * rng.normal(size=n_groups), 10)
        score = rng.normal(size=len(positive)) + np.concatenate([np.full(150, shift), of_group])
        both = clustered_auroc(score, positive, groups), auroc_interval(score, positive)
        held += [one.low <= truth <= one.high for one in both]
    ours, over_rows = held / times
    assert ours >= 0.92
    assert over_rows < 0.9
