"""An AUROC that was picked from many: worked by hand, and how often its interval holds the truth."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import logit

from core.metrics.auroc import allowing_for_choice, auroc_interval, furthest_from_chance
from core.types import Estimate


def test_the_half_width_grows_by_the_ratio_of_quantiles_on_the_logit_scale() -> None:
    wide = allowing_for_choice(Estimate(0.7, 0.6, 0.8, 100), 24)
    ratio = NormalDist().inv_cdf(1 - 0.05 / 48) / NormalDist().inv_cdf(0.975)
    assert logit(wide.low) - logit(0.7) == pytest.approx(ratio * (logit(0.6) - logit(0.7)))
    assert logit(wide.high) - logit(0.7) == pytest.approx(ratio * (logit(0.8) - logit(0.7)))


def test_one_is_not_picked_and_one_without_an_interval_stays() -> None:
    assert allowing_for_choice(Estimate(0.7, 0.6, 0.8), 1) == Estimate(0.7, 0.6, 0.8)
    assert np.isnan(allowing_for_choice(Estimate(0.7), 9).low)
    assert allowing_for_choice(Estimate(1.0, 0.9, 1.0), 24).low == pytest.approx(
        1 - 0.1 * NormalDist().inv_cdf(1 - 0.05 / 48) / 1.959964
    )


def test_the_surest_is_picked_and_not_the_largest() -> None:
    assert furthest_from_chance([Estimate(0.9, 0.45, 0.99), Estimate(0.3, 0.25, 0.35), Estimate(0.6, 0.55, 0.65)]) == 1
    assert furthest_from_chance([Estimate(np.nan), Estimate(0.6)]) == 1
    assert furthest_from_chance([]) is None


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_the_interval_of_the_one_picked_from_24_holds_its_truth(shift: float) -> None:
    """24 scores of one kind, half of whose variance is common, as forms of VoG have it; 400 images, a fifth wrong."""
    rng, times, held, truth = np.random.default_rng(0), 400, 0, NormalDist().cdf(shift / np.sqrt(2))
    naive = 0
    for _ in range(times):
        wrong = rng.random(400) < 0.2
        scores = np.sqrt(0.5) * (rng.normal(size=(24, 400)) + rng.normal(size=400)) + shift * wrong
        aurocs = [auroc_interval(score, wrong) for score in scores]
        picked = aurocs[furthest_from_chance(aurocs) or 0]
        wide = allowing_for_choice(picked, len(aurocs))
        held += wide.low <= truth <= wide.high
        naive += picked.low <= truth <= picked.high
    assert held / times >= 0.95
    assert naive < held
