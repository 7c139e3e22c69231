from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from core.metrics.reviewer_agreement import MISSING, alpha_interval, cohen_kappa, kappa_interval, krippendorff_alpha

M = MISSING


def test_kappa_worked_by_hand() -> None:
    # 10 images: both 0 five times, both 1 twice, 0 against 1 once, 1 against 0 twice. Observed 7/10;
    # by chance (6/10 · 7/10) + (4/10 · 3/10) = 0.54; kappa = (0.70 - 0.54) / 0.46.
    first = np.array([0] * 5 + [1] * 2 + [0] + [1] * 2)
    second = np.array([0] * 5 + [1] * 2 + [1] + [0] * 2)
    assert cohen_kappa(first, second) == pytest.approx(0.16 / 0.46)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
@settings(deadline=None)
def test_kappa_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    if len(np.unique([first, second])) < 2:
        assert np.isnan(cohen_kappa(first, second))  # nothing to disagree about
    else:
        assert cohen_kappa(first, second) == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_alpha_of_two_reviewers_worked_by_hand() -> None:
    # Krippendorff 2011, example A: ten images, two reviewers, 14 zeros and 6 ones among 20 ratings, four images
    # that disagree. Observed 2·4/20; expected 2·14·6/(20·19); alpha = 1 - 0.4/0.442 = 0.095.
    ratings = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]])
    assert krippendorff_alpha(ratings) == pytest.approx(1 - (8 / 20) / (168 / 380))
    assert round(krippendorff_alpha(ratings), 3) == 0.095


def test_alpha_of_four_reviewers_with_missing_ratings_is_the_published_one() -> None:
    # Krippendorff 2011, example C: 0.743.
    ratings = np.array([
        [1, 2, 3, 3, 2, 1, 4, 1, 2, M, M, M],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, M, 3],
        [M, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, M],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, M],
    ])  # fmt: skip
    assert round(krippendorff_alpha(ratings), 3) == 0.743


def test_missing_ratings_take_no_part_in_kappa() -> None:
    first, second = np.array([0, 1, 1, M, 0]), np.array([0, 1, 0, 1, M])
    assert cohen_kappa(first, second) == cohen_kappa(first[:3], second[:3])
    assert np.isnan(cohen_kappa(np.array([M, 0]), np.array([0, M])))
    assert np.isnan(krippendorff_alpha(np.array([[M, 0], [0, M]])))


def test_full_agreement_is_one_and_reviewers_who_guess_are_near_none() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 400)
    assert cohen_kappa(codes, codes) == 1
    assert krippendorff_alpha(np.array([codes, codes])) == 1
    guesses = rng.integers(0, 3, (2, 400))
    for interval in (kappa_interval(*guesses, n=200), alpha_interval(guesses, n=200)):
        assert interval.low < 0 < interval.high
        assert interval.high - interval.low < 0.25


def test_an_interval_of_nothing_is_not_a_number() -> None:
    nothing = np.full((2, 3), M)
    assert np.isnan(kappa_interval(*nothing).numbers).all()
    assert np.isnan(alpha_interval(nothing).numbers).all()
