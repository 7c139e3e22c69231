"""Reliability at equal confidence: a plain loop over bins, planted gaps and none, and an interval that holds."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.calibration.equal_confidence import reliability_pair
from core.types import Bools, Floats


def sure(rng: np.random.Generator, hard: Bools, kind: str) -> Floats:
    """Confidences: even for both, or near 1, hard images less."""
    n = len(hard)
    if kind == "even":
        return rng.uniform(0.2, 1, n)
    low, most = (3, 8) if kind == "high" else (0.6, 0.5)
    if kind == "high":
        return np.asarray(0.1 + 0.9 * rng.beta(np.where(hard, low, most), 1))
    return np.asarray(1 - 0.9 * rng.beta(np.where(hard, low, most), np.where(hard, 3, 12)))


def right(confidence: Floats, hard: Bools, model: str) -> Floats:
    """Chance of being right: calibrated, hard 5 points less, both too sure alike, or logits apart by 1."""
    if model == "calibrated":
        return confidence
    if model == "5 points":
        return np.asarray(np.clip(confidence - 0.05 * hard, 0, 1))
    if model == "too sure alike":
        return np.asarray(0.3 + 0.5 * confidence)
    odds = np.clip(confidence, 1e-6, 1) / np.clip(1 - confidence, 1e-6, 1) * np.exp(np.where(hard, -0.5, 0.5))
    return np.asarray(odds / (1 + odds))


def drawn(n: int, kind: str, model: str, seed: int) -> tuple[Floats, Bools, Bools]:
    """Confidence, correct, hard."""
    rng = np.random.default_rng([n, seed])
    hard = np.arange(n) % 2 == 0
    confidence = sure(rng, hard, kind)
    return confidence, rng.random(n) < right(confidence, hard, model), hard


def test_it_is_a_plain_loop_over_bins() -> None:
    confidence, correct, hard = drawn(331, "high", "5 points", 0)
    found = reliability_pair(confidence, correct, hard)
    assert found is not None
    weighted, weights = 0.0, 0.0
    for i, rows in enumerate(np.array_split(np.argsort(confidence, kind="stable"), 15)):
        easy, other = rows[~hard[rows]], rows[hard[rows]]
        assert found.n[:, i].tolist() == [len(easy), len(other)]
        if not len(easy) or not len(other):
            continue
        assert found.accuracy[1, i] == pytest.approx(correct[other].mean())
        assert found.confidence[0, i] == pytest.approx(confidence[easy].mean())
        gap = (correct[easy] - confidence[easy]).mean() - (correct[other] - confidence[other]).mean()
        weight = len(easy) * len(other) / len(rows)
        weighted, weights = weighted + weight * gap, weights + weight
    assert found.gap.value == pytest.approx(weighted / weights, abs=1e-9)
    assert found.estimates(0)[3].n == found.n[0, 3]


def test_two_bins_worked_by_hand() -> None:
    # Forty images; sure .5: ten easy ones, eight right, ten hard ones, four right; sure .9: as many, 10 and 8 right.
    # Bins weigh the same, and gaps are .4 and .2.
    confidence = np.repeat([0.5, 0.9], 20)
    hard = np.tile(np.repeat([False, True], 10), 2)
    correct = np.concatenate([np.arange(10) < k for k in (8, 4, 10, 8)])
    found = reliability_pair(confidence, correct, hard)
    assert found is not None
    assert found.accuracy == pytest.approx(np.array([[0.8, 1.0], [0.4, 0.8]]))
    assert found.gap.value == pytest.approx(0.3)


def test_a_planted_gap_is_told_and_one_temperature_too_high_for_all_is_none() -> None:
    planted = reliability_pair(*drawn(4000, "high", "5 points", 0))
    alike = reliability_pair(*drawn(4000, "high", "too sure alike", 0))
    assert planted is not None
    assert alike is not None
    assert planted.gap.low > 0
    assert alike.gap.low < 0 < alike.gap.high


def test_a_group_without_images_in_a_bin_has_no_accuracy_there() -> None:
    confidence, hard = np.append(np.full(40, 0.9), np.full(40, 0.4)), np.append(np.zeros(40, bool), np.ones(40, bool))
    found = reliability_pair(confidence, confidence > 0.5, hard)
    assert found is not None
    assert np.isnan(found.accuracy[0, 0])
    assert np.isnan(found.gap.value)  # nowhere are both as sure
    assert found.estimates(0)[0].n == 0


def test_few_images_or_one_group_have_no_comparison() -> None:
    confidence, correct, hard = drawn(100, "high", "calibrated", 0)
    assert reliability_pair(confidence[:39], correct[:39], hard[:39]) is None
    assert reliability_pair(confidence, correct, np.zeros_like(hard)) is None


@pytest.mark.slow
@pytest.mark.parametrize("model", ["calibrated", "5 points", "too sure alike", "logits"])
@pytest.mark.parametrize("kind", ["even", "high", "near 1"])
@pytest.mark.parametrize("n", [60, 200, 1000, 10_000])
def test_the_interval_holds_the_gap(n: int, kind: str, model: str) -> None:
    hard = np.arange(1_000_000) % 2 == 0
    confidence = sure(np.random.default_rng(1), hard, kind)
    place = np.empty(len(hard), int)  # bins so narrow that nothing differs within them
    place[np.argsort(confidence)] = np.arange(len(hard)) * 2000 // len(hard)
    chance = right(confidence, hard, model)
    sizes, sums = (
        [np.bincount(place[rows], of[rows], minlength=2000) for rows in (~hard, hard)]
        for of in (np.ones(len(hard)), chance)
    )
    both = (sizes[0] > 0) & (sizes[1] > 0)
    weight = (sizes[0] * sizes[1])[both] / (sizes[0] + sizes[1])[both]
    truth = np.average((sums[0][both] / sizes[0][both]) - (sums[1][both] / sizes[1][both]), weights=weight)
    found = [reliability_pair(*drawn(n, kind, model, seed)) for seed in range(300)]
    held = sum(one is not None and bool(one.gap.low <= truth <= one.gap.high) for one in found)
    assert held / 300 >= 0.91  # 0.93 to 1 was measured
