"""Detectors with intervals: scikit-learn's values, the plain bootstrap's intervals, ties, and what needs both kinds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.metrics.auroc import auroc_interval
from core.metrics.detection import detection, selective_risk, spread
from core.metrics.intervals import bootstrap
from core.metrics.labels import average_precision
from core.metrics.ranking import auroc_of, average_precision_of, fpr_of, precision_of, rank
from core.types import Bools, Floats
from tests.metrics.oracles import augrc, aurc, fpr_at_tpr


def detector(n: int = 400, share: float = 0.8, seed: int = 0, decimals: int = 1) -> tuple[Floats, Bools]:
    """A score with ties that is higher for positives, and which rows those are."""
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < share
    return np.round(positive + rng.normal(size=n), decimals), positive


def test_values_agree_with_scikit_learn_and_the_functions_without_intervals() -> None:
    score, positive = detector()
    found = detection(score, positive, n=10)
    assert found.auroc.value == pytest.approx(roc_auc_score(positive, score))
    assert found.aupr.value == pytest.approx(average_precision_score(positive, score))
    assert found.aupr_negative.value == pytest.approx(average_precision_score(~positive, -score))
    assert found.fpr_at_95_tpr.value == pytest.approx(fpr_at_tpr(score, positive))
    assert (found.n, found.prevalence) == (len(score), positive.mean())


@pytest.mark.parametrize("decimals", [0, 1, 9])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_intervals_are_those_of_drawing_rows_one_by_one(decimals: int, share: float) -> None:
    score, positive = detector(300, share, decimals=decimals)
    found = detection(score, positive, n=2000)
    for statistic, ours in (
        (average_precision, found.aupr),
        (lambda s, p: average_precision_score(~p, -s), found.aupr_negative),
    ):
        slow = bootstrap(statistic, score, positive, n=600, seed=1)
        width = slow.high - slow.low
        assert (ours.low, ours.high) == pytest.approx((slow.low, slow.high), abs=0.2 * width)
    assert found.auroc == auroc_interval(score, positive)


@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_runs_without_a_positive_may_be_taken_together(decimals: int) -> None:
    # Negatives between two positives change no figure by their order, so a hundred thresholds become a handful.
    score, positive = detector(200, 0.1, decimals=decimals)
    whole = rank(score, positive)
    counts = np.random.default_rng(1).integers(0, 4, (20, 200))
    some, all_of_them = whole.condensed().cumulative(counts), whole.cumulative(counts)
    assert some[0].shape[1] <= min(2 * positive.sum() + 1, all_of_them[0].shape[1])
    for figure in (auroc_of, average_precision_of, fpr_of, lambda p, n: precision_of(p, n, 30)):
        np.testing.assert_allclose(figure(*some), figure(*all_of_them))


def test_fpr_is_read_where_95_percent_are_kept() -> None:
    # Twenty positives at 20..1: nineteen are kept at 2 and above. Negatives at 2.5, 1.5 and 0: one is let through.
    score = np.append(np.arange(20.0, 0, -1), [2.5, 1.5, 0.0])
    positive = np.arange(23) < 20
    assert detection(score, positive, n=5).fpr_at_95_tpr.value == pytest.approx(1 / 3)
    assert fpr_at_tpr(score, positive) == pytest.approx(1 / 3)
    assert fpr_at_tpr(score, positive, tpr=1.0) == pytest.approx(2 / 3)
    assert np.isnan(fpr_at_tpr(score, np.ones(23, bool)))


def test_counts_stand_for_rows_that_are_there_so_often() -> None:
    score, positive = detector(60)
    counts = np.random.default_rng(2).integers(0, 4, 60)
    repeated = np.repeat(np.arange(60), counts)
    both = rank(score, positive).cumulative(counts[None])
    assert auroc_of(*both)[0] == pytest.approx(roc_auc_score(positive[repeated], score[repeated]))
    assert fpr_of(*both)[0] == pytest.approx(fpr_at_tpr(score[repeated], positive[repeated]))


@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_selective_risk_is_that_of_the_plain_curves_with_the_interval_of_drawing_rows(decimals: int) -> None:
    confidence, correct = detector(250, decimals=decimals)
    found = selective_risk(confidence, correct, n=2000)
    for plain, area in ((aurc, found.aurc), (augrc, found.augrc)):
        assert area.value == pytest.approx(plain(confidence, correct), abs=1e-9)
        slow = bootstrap(plain, confidence, correct, n=600, seed=1)
        assert (area.low, area.high) == pytest.approx((slow.low, slow.high), abs=0.2 * (slow.high - slow.low))


def test_selective_risk_by_hand() -> None:
    # Right at .9, then right and wrong tied at .5: risks 0, then 1/4, the mean of 0 and 1 of 2, then 1 of 3. Of all
    # three none is wrong and accepted up to a coverage of 1/3, and from there on to 1 ever more, up to 1/3.
    found = selective_risk(np.array([0.9, 0.5, 0.5]), np.array([True, True, False]), n=5)
    assert found.aurc.value == pytest.approx(7 / 36)
    assert found.augrc.value == pytest.approx(2 / 3 * 1 / 3 / 2)


@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_the_generalised_area_follows_from_accuracy_and_auroc(decimals: int) -> None:
    confidence, correct = detector(400, decimals=decimals)
    error = 1 - correct.mean()
    expected = (1 - roc_auc_score(correct, confidence)) * error * (1 - error) + error**2 / 2  # Traub et al., equation 6
    assert selective_risk(confidence, correct, n=5).augrc.value == pytest.approx(expected, abs=1e-9)


def test_the_generalised_area_gives_the_very_surest_no_more_weight_than_others() -> None:
    # Two errors move from the first places of a thousand to the hundredth: 10 % of the way to the last.
    confidence = np.arange(1000.0)[::-1]
    first, hundredth = (
        selective_risk(confidence, ~np.isin(np.arange(1000), [i, i + 1]), n=5) for i in (0, 100)
    )  # fmt: skip
    assert hundredth.augrc.value / first.augrc.value == pytest.approx(0.9, abs=0.001)
    assert hundredth.aurc.value / first.aurc.value < 0.4


def test_one_kind_alone_has_no_auroc() -> None:
    found = detection(np.arange(10.0), np.ones(10, bool), n=10)
    assert np.isnan([found.auroc.value, found.auroc.low, found.fpr_at_95_tpr.value]).all()
    assert found.prevalence == 1
    assert detection(np.full(3, np.nan), np.ones(3, bool), n=10).n == 0


def test_a_perfect_order_is_not_taken_for_certainty() -> None:
    # Every resample of it is perfect too, so resamples alone would say [1, 1].
    found = detection(np.arange(30.0), np.arange(30) >= 12, n=50)
    assert (found.auroc.value, found.aupr.value, found.fpr_at_95_tpr.value) == (1, 1, 0)
    assert (found.auroc.low, found.auroc.high) == pytest.approx((0.025 ** (1 / 12), 1))
    assert not found.aupr.has_interval
    assert not found.fpr_at_95_tpr.has_interval


def test_a_spread_is_numpy_s_with_the_interval_of_drawing_rows() -> None:
    values = np.random.default_rng(3).gamma(2.0, size=301)
    found = spread(values, n=2000)
    expected = [values.mean(), *np.percentile(values, [25, 50, 75])]
    ours = (found.mean, found.quartile_1, found.median, found.quartile_3)
    np.testing.assert_allclose([one.value for one in ours], expected)
    slow = bootstrap(lambda v: float(np.median(v)), values, n=2000, seed=1)
    width = slow.high - slow.low
    assert (found.median.low, found.median.high) == pytest.approx((slow.low, slow.high), abs=0.15 * width)
    alone = spread(np.array([2.0]), n=5).median
    assert alone.value == 2.0
    assert not alone.has_interval
