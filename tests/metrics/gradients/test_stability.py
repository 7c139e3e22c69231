"""Orders over seeds: planted agreement is found, none where there is none, and the intervals hold the truth."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from core.errors import TooFewRows
from core.metrics.gradients.stability import agreement_over_seeds, agreement_with, jackknife, spread_over_seeds
from core.types import Floats


def planted(seeds: int, n: int, common: float, draw: int) -> Floats:
    """Scores of which a share of the variance is common to all seeds."""
    rng = np.random.default_rng(draw)
    return np.asarray(np.sqrt(common) * rng.standard_normal(n) + np.sqrt(1 - common) * rng.standard_normal((seeds, n)))


def test_agreement_over_seeds_is_the_mean_of_scipys_correlations_and_of_sets_that_overlap() -> None:
    scores = planted(4, 200, 0.7, 0)
    found = agreement_over_seeds(scores)
    pairs = list(combinations(range(4), 2))
    assert found.spearman[0].value == pytest.approx(
        np.mean([stats.spearmanr(scores[i], scores[j]).statistic for i, j in pairs])
    )
    tops = [set(np.argsort(-row)[:20].tolist()) for row in scores]
    assert found.overlap[0].value == pytest.approx(np.mean([len(tops[i] & tops[j]) / 20 for i, j in pairs]))
    assert found.spearman[0].value == found.spearman[1].value
    assert (found.spearman[0].n, found.spearman[1].n) == (200, 4)


def test_the_same_order_from_every_seed_is_told_from_orders_that_have_nothing_in_common() -> None:
    same = agreement_over_seeds(np.tile(np.random.default_rng(0).standard_normal(300), (3, 1)))
    assert same.spearman[0].value == pytest.approx(1)
    assert same.overlap[0].value == 1
    none = agreement_over_seeds(planted(3, 2000, 0.0, 1))
    assert none.spearman[0].low < 0 < none.spearman[0].high
    assert none.overlap[0].low < 0.1 < none.overlap[0].high


@pytest.mark.parametrize(("n", "common"), [(200, 0.8), (600, 0.5)])
def test_intervals_over_images_hold_what_a_million_images_have(n: int, common: float) -> None:
    truth = agreement_over_seeds(planted(2, 200_000, common, 99))
    trials = [agreement_over_seeds(planted(2, n, common, draw)) for draw in range(100)]
    for figure in ("spearman", "overlap"):
        wanted = getattr(truth, figure)[0].value
        held = [getattr(trial, figure)[0].low <= wanted <= getattr(trial, figure)[0].high for trial in trials]
        assert np.mean(held) >= 0.88, figure


def test_two_seeds_say_nothing_of_other_seeds() -> None:
    found = agreement_over_seeds(planted(2, 100, 0.5, 0))
    assert found.spearman[0].has_interval
    assert not found.spearman[1].has_interval


def test_fewer_checkpoints_are_compared_with_all_of_the_same_seed() -> None:
    whole = planted(3, 400, 0.2, 0)
    fewer = whole + 0.3 * np.random.default_rng(5).standard_normal(whole.shape)
    found = agreement_with(fewer, whole)
    assert found.spearman[1].value == pytest.approx(
        np.mean([stats.spearmanr(a, b).statistic for a, b in zip(fewer, whole, strict=True)])
    )
    assert found.spearman[1].n == 3
    assert found.spearman[0].low < found.spearman[0].value < found.spearman[0].high


def test_the_spread_over_seeds_is_nothing_for_one_order_and_as_said_by_chance() -> None:
    assert spread_over_seeds(np.tile(np.arange(100.0), (3, 1))).value == 0
    many = spread_over_seeds(np.random.default_rng(0).standard_normal((200, 500)))
    assert many.value == pytest.approx(28.9, abs=0.2)


def test_a_jackknife_of_a_mean_is_students_interval() -> None:
    values = np.random.default_rng(0).standard_normal(12)
    found = jackknife(values.mean(), np.array([np.delete(values, i).mean() for i in range(12)]), 12)
    half = 2.200985 * values.std(ddof=1) / np.sqrt(12)  # Student's quantile of 11 degrees
    wanted = (values.mean() - half, values.mean() + half)
    assert (found.low, found.high) == pytest.approx(wanted)


def test_fewer_than_fifty_images_are_refused() -> None:
    with pytest.raises(TooFewRows, match="Orders of 49 images"):
        agreement_over_seeds(planted(2, 49, 0.5, 0))
