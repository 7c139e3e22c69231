"""What is kept of the images: held to the definition, class by class and rank by rank, over random inputs."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.pruning import Which, kept_images, kept_of_class

WAYS: tuple[Which, ...] = get_args(Which)
SHARES = (1.0, 12.5, 30.0, 50.0, 70.0, 90.0, 99.9, 100.0)


def expected_count(images: int, per_cent: float) -> int:
    """In decimal arithmetic, which rounds halves as people do."""
    exact = Decimal(images) * Decimal(str(per_cent)) / 100
    return max(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), 1)


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 2**32), n=st.integers(1, 60), classes=st.integers(1, 5), levels=st.sampled_from([2, 5, 1000]),
    per_cent=st.sampled_from(SHARES), which=st.sampled_from(WAYS), draw=st.integers(0, 5),
)  # fmt: skip
def test_it_is_the_plain_definition(
    seed: int, n: int, classes: int, levels: int, per_cent: float, which: Which, draw: int
) -> None:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, n)
    rows = generator.random(n) < 0.8
    difficulty = generator.integers(0, levels, n).astype(float)
    kept = kept_images(labels, rows, per_cent, which, draw, difficulty)
    assert not (kept & ~rows).any()
    for label in set(labels[rows].tolist()):
        theirs = [i for i in range(n) if rows[i] and labels[i] == label]
        ours = [i for i in theirs if kept[i]]
        count = expected_count(len(theirs), per_cent)
        assert len(ours) == count
        # The ranks that are kept, of the class in ascending difficulty; of equal ones any may be.
        ordered = sorted(difficulty[i] for i in theirs)
        left_out = len(theirs) - count
        start = {"easiest": 0, "hardest": left_out, "middle": left_out // 2}.get(which)
        if start is not None:
            assert sorted(difficulty[i] for i in ours) == ordered[start : start + count]


def test_by_hand() -> None:
    labels = np.repeat([0, 1], [10, 5])
    difficulty = np.array([3, 1, 4, 10, 5, 9, 2, 6, 8, 7, 1, 2, 3, 4, 5], float)
    rows = np.ones(15, bool)
    # 30 % of ten are 3; of five 1.5, which is rounded up to 2.
    assert sorted(difficulty[:10][kept_images(labels, rows, 30, "hardest", 0, difficulty)[:10]]) == [8, 9, 10]
    assert sorted(difficulty[10:][kept_images(labels, rows, 30, "hardest", 0, difficulty)[10:]]) == [4, 5]
    assert sorted(difficulty[:10][kept_images(labels, rows, 30, "easiest", 0, difficulty)[:10]]) == [1, 2, 3]
    # Seven are left out, three below and four above; of five three, one below and two above.
    assert sorted(difficulty[:10][kept_images(labels, rows, 30, "middle", 0, difficulty)[:10]]) == [4, 5, 6]
    assert sorted(difficulty[10:][kept_images(labels, rows, 30, "middle", 0, difficulty)[10:]]) == [2, 3]


@pytest.mark.parametrize("which", WAYS)
def test_ties_are_drawn_by_the_seed_and_not_by_the_order_of_the_images(which: Which) -> None:
    labels, rows, difficulty = np.zeros(100, int), np.ones(100, bool), np.zeros(100)
    kept = [kept_images(labels, rows, 50, which, seed, difficulty) for seed in range(40)]
    assert all(one.sum() == 50 for one in kept)
    often = np.mean(kept, axis=0)  # 40 fair draws each: outside 0.1..0.9 with a chance of 1e-7
    assert 0.1 < often.min() < often.max() < 0.9
    np.testing.assert_array_equal(kept[3], kept_images(labels, rows, 50, which, 3, difficulty))


def test_what_is_kept_at_random_is_kept_in_every_larger_share() -> None:
    labels, rows = np.arange(90) % 4, np.arange(90) < 80
    shares = [kept_images(labels, rows, per_cent, "random", 7) for per_cent in (30, 50, 70, 90)]
    for smaller, larger in pairwise(shares):
        assert not (smaller & ~larger).any()


def test_the_easiest_and_the_hardest_halves_are_each_other_s_rest_even_with_ties() -> None:
    labels, rows = np.arange(80) % 2, np.ones(80, bool)
    difficulty = np.random.default_rng(0).integers(0, 3, 80).astype(float)
    easiest, hardest = (kept_images(labels, rows, 50, which, 1, difficulty) for which in ("easiest", "hardest"))
    np.testing.assert_array_equal(easiest, ~hardest)


def test_a_class_keeps_at_least_one_image() -> None:
    assert [kept_of_class(m, 1) for m in (1, 2, 49, 50, 150)] == [1, 1, 1, 1, 2]
