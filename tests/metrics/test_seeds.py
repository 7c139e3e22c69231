"""Comparing over seeds, and over images too: Student's interval against scipy, pairing, coverage, too few seeds."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import ttest_1samp, ttest_rel

from core.metrics.seeds import mean_over_seeds, mean_over_seeds_and_images, paired_difference


def test_by_hand() -> None:
    # 1, 2, 3: mean 2, sd 1, standard error 1/sqrt(3), t(2) at 97.5 % 4.3027: half width 2.4842.
    found = mean_over_seeds([1, 2, 3])
    assert found.numbers == pytest.approx((2, 2 - 2.4842, 2 + 2.4842), abs=1e-4)


def test_it_is_scipy_s_interval() -> None:
    values = np.random.default_rng(0).normal(size=5)
    reference = ttest_1samp(values, 0).confidence_interval()
    assert mean_over_seeds(values).numbers[1:] == pytest.approx((reference.low, reference.high))


def test_pairs_are_of_the_seeds_that_both_have() -> None:
    ours, theirs = {0: 1.0, 1: 2.5, 2: 3.0, 7: 9.0}, {2: 2.0, 1: 2.0, 0: 0.2, 8: 1.0}
    difference = paired_difference(ours, theirs)
    reference = ttest_rel([1.0, 2.5, 3.0], [0.2, 2.0, 2.0]).confidence_interval()
    assert difference.n == 3
    assert difference.numbers[1:] == pytest.approx((reference.low, reference.high))


def test_what_seeds_share_cancels() -> None:
    luck = np.random.default_rng(1).normal(size=5) * 10
    small = np.random.default_rng(2).normal(size=5) * 0.01
    difference = paired_difference(dict(enumerate(luck + 0.1)), dict(enumerate(luck + small)))
    assert difference.low > 0


def test_one_seed_has_no_interval_and_none_no_value() -> None:
    assert not mean_over_seeds([3.0]).has_interval
    assert np.isnan(mean_over_seeds([]).value)
    difference = paired_difference({0: 1.0}, {1: 1.0})
    assert difference.n == 0
    assert np.isnan(difference.value)
    assert paired_difference({0: np.nan, 1: 1.0}, {0: 1.0, 1: 0.5}).n == 1


@pytest.mark.parametrize("values", [[0.86, 0.86], [0.3] * 5, [0.0, 0.0, np.nan]])
def test_equal_figures_have_no_interval(values: list[float]) -> None:
    found = mean_over_seeds(values)
    assert found.value == pytest.approx(values[0])
    assert not found.has_interval


def test_equal_differences_have_no_interval_however_they_are_rounded() -> None:
    ours, theirs = {0: 0.86, 1: 0.9, 2: 0.3}, {0: 0.84, 1: 0.88, 2: 0.28}
    assert len({ours[seed] - theirs[seed] for seed in ours}) > 1  # 0.02 in three roundings
    found = paired_difference(ours, theirs)
    assert (found.n, found.has_interval) == (3, False)
    assert found.value == pytest.approx(0.02)
    assert paired_difference(ours, {**theirs, 2: 0.28 - 1e-6}).has_interval


@pytest.mark.parametrize("images", [50, 1000])
def test_two_seeds_that_agree_by_chance_never_leave_the_truth_out(images: int) -> None:
    """Accuracies of both models as seeds draw them: of equal differences an interval of no width misses the truth."""
    generator = np.random.default_rng(images)
    right = generator.binomial(images, (0.8, 0.79), (4000, 2, 2)) / images  # repeats, seeds, models
    found = [paired_difference(dict(enumerate(one[:, 0])), dict(enumerate(one[:, 1]))) for one in right]
    equal = np.ptp(right[..., 0] - right[..., 1], axis=1) < 1e-9
    assert equal.mean() > 0.01
    assert [one.has_interval for one in found] == (~equal).tolist()
    covered = np.mean([not one.has_interval or one.low <= 0.01 <= one.high for one in found])
    assert covered > 0.94


def test_over_seeds_and_images_by_hand() -> None:
    # Two seeds, three images: means of seeds 1 and 3, of images 1, 2, 3, of all 2; what is left is 0 everywhere.
    # Over seeds var 2 / 2 = 1; over images var 1 / 3; in all 4/3, freedom (16/9) / (1/1 + (1/9)/2) = 1.684.
    found = mean_over_seeds_and_images(np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]]))
    half = stdtrit((16 / 9) / (1 + 1 / 18), 0.975) * np.sqrt(4 / 3)
    assert found.numbers == pytest.approx((2, 2 - half, 2 + half))
    assert found.n == 3


def test_where_seeds_alone_differ_it_is_student_s_over_seeds_and_where_images_alone_do_over_images() -> None:
    generator = np.random.default_rng(4)
    seeds, images = generator.normal(size=5), generator.normal(size=400)
    by_seed = mean_over_seeds_and_images(np.repeat(seeds[:, None], 400, axis=1))
    assert by_seed.numbers == pytest.approx(mean_over_seeds(seeds).numbers)
    by_image = mean_over_seeds_and_images(np.repeat(images[None], 5, axis=0))
    reference = ttest_1samp(images, 0).confidence_interval()
    assert by_image.numbers == pytest.approx((images.mean(), reference.low, reference.high))


def test_one_seed_one_image_or_nothing_that_differs_has_no_interval() -> None:
    for values in (np.ones((1, 9)) * np.arange(9), np.arange(5.0)[:, None], np.zeros((5, 9))):
        assert not mean_over_seeds_and_images(values).has_interval


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize(("by_seed", "by_image"), [(0.0, 0.0), (0.02, 0.1), (0.05, 0.02), (0.0, 0.4)])
def test_it_covers_the_truth_as_often_as_it_says_over_other_seeds_and_other_images(
    seeds: int, by_seed: float, by_image: float
) -> None:
    """Differences of two models being right, -1, 0 or 1, whose chance goes by the seed and the image."""
    generator = np.random.default_rng([seeds, int(1000 * by_seed), int(1000 * by_image)])
    truth, repeats, images = -0.02, 1500, 300
    covered = 0
    for _ in range(repeats):
        of_seed, of_image = generator.normal(0, by_seed, (seeds, 1)), generator.normal(0, by_image, (1, images))
        # Clipped chances move the mean; antithetic ends keep it where it is said to be.
        ahead = np.clip(0.1 + (truth + of_seed + of_image) / 2, 0, 0.5)
        behind = np.clip(0.1 - (truth + of_seed + of_image) / 2, 0, 0.5)
        drawn = generator.random((seeds, images))
        values = (drawn < ahead).astype(float) - (drawn > 1 - behind)
        found = mean_over_seeds_and_images(values)
        covered += found.low <= expected_mean(truth, by_seed, by_image) <= found.high
    # Too wide is allowed where three seeds have to say how much seeds differ; too narrow is not.
    assert covered / repeats > 0.935


def test_images_that_seeds_do_not_share_count_once_each() -> None:
    # Nothing in common: the seeds' means are independent, and it is Student's over them, or no less than over images.
    apart = np.full((3, 9), np.nan)
    for seed, figures in enumerate(((0.0, 0.1, 0.2), (2.0, 2.2, 2.1), (4.0, 4.0, 4.3))):
        apart[seed, 3 * seed : 3 * seed + 3] = figures
    found = mean_over_seeds_and_images(apart)
    assert found.n == 9
    means = np.nanmean(apart, axis=1)
    assert found.value == pytest.approx(means.mean())
    assert found.high - found.low == pytest.approx(mean_over_seeds(means).high - mean_over_seeds(means).low, rel=0.02)
    empty = np.c_[apart, np.full(3, np.nan)]
    assert mean_over_seeds_and_images(empty).numbers == pytest.approx(found.numbers)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("share", [0.2, 1.0])
def test_that_a_loss_at_the_margin_is_none_is_said_as_seldom_as_it_should(seeds: int, share: float) -> None:
    """Models of different seeds agree on most images, so that over seeds alone too many losses seem to be none.

    share: of 1,000 images, drawn anew of a large population, that each seed holds out, as where data has no split.
    """
    generator = np.random.default_rng([seeds, int(10 * share)])
    margin, repeats, images = 0.01, 1500, 1000
    holds = alone = 0
    for _ in range(repeats):
        leaning = generator.choice([-0.8, 0.0, 0.8], images, p=[0.0625 + margin / 1.6, 0.875, 0.0625 - margin / 1.6])
        drawn = generator.random((seeds, images))
        values = np.sign(leaning) * (drawn < np.abs(leaning))
        values = np.where(generator.permuted(np.tile(np.arange(images), (seeds, 1)), axis=1) < share * images,
                          values, np.nan)  # fmt: skip
        holds += mean_over_seeds_and_images(values).low > -margin
        alone += mean_over_seeds(np.nanmean(values, axis=1)).low > -margin
    assert holds / repeats < 0.035
    assert share < 1 or alone > holds


def expected_mean(truth: float, by_seed: float, by_image: float) -> float:
    """The mean of what is simulated, clipping included, by quadrature of the normal sum of both."""
    sd = float(np.hypot(by_seed, by_image))
    if not sd:
        return truth
    at = np.array([NormalDist(0, sd).inv_cdf((i + 0.5) / 2000) for i in range(2000)])
    ahead, behind = (np.clip(0.1 + sign * (truth + at) / 2, 0, 0.5) for sign in (1, -1))
    return float((ahead - behind).mean())
