"""Class by class: mean difficulty against the share missed, by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.metrics.correlation import false_negative_correlation
from core.types import Bools, Floats, Ints


def test_by_hand() -> None:
    # Classes of mean difficulty 1, 2, 3 that miss 0, 1/2, 1 of 2 images agree; the other way round they oppose.
    labels = np.repeat([0, 1, 2], 2)
    correct = np.array([True, True, True, False, False, False])
    assert false_negative_correlation(labels + 1.0, labels, correct, n=10).over_images.value == pytest.approx(1)
    assert false_negative_correlation(-1.0 * labels, labels, correct, n=10).over_images.value == pytest.approx(-1)


def test_it_is_scipy_s_over_classes_with_ties_and_missing_scores() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 12, 400)
    difficulty, correct = rng.normal(size=400) + 0.1 * labels, rng.random(400) > labels / 15
    difficulty[:20] = np.nan
    kept = ~np.isnan(difficulty)
    means = [difficulty[kept & (labels == k)].mean() for k in range(12)]
    missed = [1 - correct[kept & (labels == k)].mean() for k in range(12)]
    found = false_negative_correlation(difficulty, labels, correct).over_images
    assert found.value == pytest.approx(spearmanr(means, missed).statistic)
    assert -1 <= found.low < found.value < found.high <= 1


def test_a_large_common_offset_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    labels, correct = rng.integers(0, 5, 100), rng.random(100) > 0.3
    difficulty = rng.normal(size=100)
    near, far = (false_negative_correlation(difficulty + by, labels, correct, n=100).over_images for by in (0.0, 1e6))
    assert near.numbers == pytest.approx(far.numbers)


def test_a_class_that_a_resample_leaves_out_takes_no_part_in_it() -> None:
    labels = np.array([0] * 30 + [1] * 30 + [2] * 30 + [3])
    found = false_negative_correlation(labels + 0.0, labels, np.arange(91) % 4 > labels, n=200).over_images
    assert np.isfinite([found.low, found.high]).all()


def test_two_classes_or_equal_ones_say_nothing() -> None:
    two = false_negative_correlation(np.arange(4.0), np.array([0, 0, 1, 1]), np.ones(4, bool))
    equal = false_negative_correlation(np.arange(6.0), np.arange(6) // 2, np.ones(6, bool), n=5)
    assert np.isnan([one.value for found in (two, equal) for one in (found.over_images, found.over_classes)]).all()


def drawn(rng: np.random.Generator, classes: int, images: int) -> tuple[Floats, Ints, Bools]:
    """Classes whose mean difficulty and error rate go together, each with so many images."""
    shared = rng.normal(size=classes)
    mean = shared + rng.normal(size=classes)
    rate = 1 / (1 + np.exp(2 - shared - rng.normal(size=classes)))
    labels = np.repeat(np.arange(classes), images)
    return rng.normal(mean[labels], 1), labels, rng.random(len(labels)) >= rate[labels]


def test_the_interval_over_classes_is_of_as_many_as_there_are_and_wider_than_that_over_images() -> None:
    found = false_negative_correlation(*drawn(np.random.default_rng(2), 10, 500), n=300)
    assert found.over_images.value == found.over_classes.value
    assert (found.over_images.n, found.over_classes.n) == (5000, 10)
    images, classes = (one.high - one.low for one in (found.over_images, found.over_classes))
    assert classes > 3 * images


@pytest.mark.slow
@pytest.mark.parametrize("classes", [10, 30, 100])
def test_the_interval_over_classes_holds_what_other_classes_have(classes: int) -> None:
    # Of very many classes of 40 images each; ten classes of the same kind, drawn again and again.
    rng, trials = np.random.default_rng(3), 1000
    truth = false_negative_correlation(*drawn(rng, 20_000, 40), n=2).over_images.value
    found = [false_negative_correlation(*drawn(rng, classes, 40), n=2).over_classes for _ in range(trials)]
    assert 0.90 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.98
