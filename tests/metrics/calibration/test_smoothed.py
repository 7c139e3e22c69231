"""smECE: its definition integrated by brute force, the authors' library on a grid as fine as ours, and chance."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import TooFewRows
from core.metrics.calibration.smoothed import smoothed_calibration_error, smoothed_error_at, smoothed_error_by_chance
from core.types import Bools, Floats


def drawn(seed: int, n: int, over: float) -> tuple[Floats, Bools]:
    """Confidences in .3..1, and whether a model that is so much surer than right is right."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.3, 1, n)
    return confidence, rng.random(n) < confidence - over


def by_definition(confidence: Floats, correct: Bools, bandwidth: float) -> float:
    """The integral over 0..1 of |mean of gaps times the Gaussian of their distance|, with every mirror image."""
    at = np.linspace(0, 1, 100_001)
    smooth = np.zeros_like(at)
    for sure, right in zip(confidence, correct, strict=True):
        for turn in range(-4, 6, 2):
            for mirrored in (turn + sure, turn - sure):
                smooth += (right - sure) * np.exp(-(((at - mirrored) / bandwidth) ** 2) / 2)
    smooth /= len(confidence) * bandwidth * np.sqrt(2 * np.pi)
    return float(np.trapezoid(np.abs(smooth), at))


@pytest.mark.parametrize("bandwidth", [0.02, 0.1, 0.5])
def test_it_is_its_definition_integrated_at_a_hundred_thousand_places(bandwidth: float) -> None:
    confidence, correct = drawn(0, 60, 0.1)
    confidence[:4] = [0.0, 1.0, 1.0, 0.5]  # the ends too
    expected = by_definition(confidence, correct, bandwidth)
    assert smoothed_error_at(confidence, correct, bandwidth) == pytest.approx(expected, abs=1e-7)


def test_the_bandwidth_is_the_error_itself() -> None:
    confidence, correct = drawn(1, 60, 0.05)
    found = smoothed_calibration_error(confidence, correct)
    assert by_definition(confidence, correct, found) == pytest.approx(found, abs=1e-7)


@pytest.mark.parametrize(
    ("n", "over", "at_2_hundredths", "at_a_tenth", "error"),
    [
        (200, 0.1, 0.144477405, 0.137740649, 0.137740651),
        (1000, 0.0, 0.032026953, 0.009483279, 0.027794923),
        (1000, 0.15, 0.145519617, 0.145519527, 0.145519517),
        (5000, -0.05, 0.051085983, 0.05108574, 0.051085727),
    ],
)
def test_it_is_what_the_authors_library_gives_on_a_fine_grid(
    n: int, over: float, at_2_hundredths: float, at_a_tenth: float, error: float
) -> None:
    # relplot 1.0.3 with a kernel of 1,000,000 points, a mesh of 500,001 and 30 halvings in place of its 2,000, 200 and
    # 10, which are off by up to 2.7e-4 here. Written down, because it brings Matplotlib and Seaborn.
    confidence, correct = drawn([0.1, 0.0, 0.15, -0.05].index(over), n, over)
    assert smoothed_error_at(confidence, correct, 0.02) == pytest.approx(at_2_hundredths, abs=1e-6)
    assert smoothed_error_at(confidence, correct, 0.1) == pytest.approx(at_a_tenth, abs=1e-6)
    assert smoothed_calibration_error(confidence, correct) == pytest.approx(error, abs=1e-6)


def test_one_sided_gaps_are_their_mean_whatever_the_bandwidth() -> None:
    confidence = np.linspace(0.2, 0.9, 50)
    wrong = np.zeros(50, bool)
    assert smoothed_calibration_error(confidence, wrong) == pytest.approx(confidence.mean(), abs=1e-9)
    assert smoothed_error_at(confidence, wrong, 0.03) == pytest.approx(confidence.mean(), abs=1e-9)


def test_a_model_that_is_wholly_right_and_wholly_sure_has_none() -> None:
    assert smoothed_calibration_error(np.ones(30), np.ones(30, bool)) == pytest.approx(0, abs=1e-9)
    assert smoothed_calibration_error(np.ones(30), np.zeros(30, bool)) == pytest.approx(1, abs=1e-9)


def test_a_calibrated_model_has_what_chance_makes_of_it() -> None:
    found = [smoothed_calibration_error(*drawn(seed, 300, 0)) for seed in range(60)]
    chance = smoothed_error_by_chance(drawn(0, 300, 0)[0])
    assert np.mean(found) == pytest.approx(chance, rel=0.1)
    assert smoothed_error_by_chance(drawn(0, 10_000, 0)[0]) < 0.4 * chance


def test_chance_among_many_images_is_that_of_normal_sums() -> None:
    confidence, _ = drawn(0, 15_001, 0)
    assert smoothed_error_by_chance(confidence) == pytest.approx(smoothed_error_by_chance(confidence[:-1]), rel=0.05)


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(TooFewRows, match="no prediction"):
        smoothed_calibration_error(np.array([]), np.array([], bool))
