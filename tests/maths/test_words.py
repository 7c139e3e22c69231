"""Words that tell a selection: worked by hand, compared with a plain loop, and how often chance is a finding."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput, TooFewRows
from core.maths.vectors import unit_rows
from core.maths.words import FALSE_FINDINGS, margins
from core.types import Floats, Ints


def drawn(seed: int, n: int = 120, d: int = 16, w: int = 300) -> tuple[Floats, Floats, np.random.Generator]:
    """Vectors of images around a direction of their own, and of words, as encoders give them."""
    generator = np.random.default_rng(seed)
    images = generator.standard_normal((n, d)) + 2 * generator.standard_normal(d)
    return unit_rows(images), unit_rows(generator.standard_normal((w, d))), generator


def test_the_margin_worked_by_hand() -> None:
    # Selected 3, 3, 3, 3, 3 and others 1, 1, 1, 1, 1 along the first axis: a difference of 2. Their deviation from the
    # mean of 2 is 1 each: variance 10 / 9. The second axis is the same for all.
    vectors = np.array([[3.0, 7.0]] * 5 + [[1.0, 7.0]] * 5)
    found = margins(vectors, np.arange(10) < 5, np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]))
    assert found.margin[:2] == pytest.approx([2 / np.sqrt(10 / 9), -2 / np.sqrt(10 / 9)])
    assert np.isnan(found.margin[2])
    assert found.p[2] == 1
    assert found.low[0] < found.margin[0] < found.high[0]
    assert (found.selected, found.others) == (5, 5)
    # Of the 252 ways to take 5 of 10 one gives this largest margin, and one its opposite, which the second word has.
    assert found.p[0] == pytest.approx(2 / 252, abs=0.012)
    assert found.order().tolist() == [0, 1]


def test_within_groups_it_is_the_mean_of_their_differences_by_selected_images() -> None:
    vectors, words, generator = drawn(0, n=90)
    groups = generator.permutation(np.repeat([0, 1, 2, 9], [20, 30, 34, 6]))
    selected = generator.random(90) < np.array([0.2, 0.4, 0.6, 0, 0, 0, 0, 0, 0, 0])[groups]
    x = vectors.astype(float) @ words.T.astype(float)
    differences, squares, weights = [], 0.0, []
    for group in (0, 1, 2):  # 9 has no selected image
        of = groups == group
        differences.append(x[of & selected].mean(axis=0) - x[of & ~selected].mean(axis=0))
        weights.append((of & selected).sum())
        squares = squares + ((x[of] - x[of].mean(axis=0)) ** 2).sum(axis=0)
    expected = np.average(differences, axis=0, weights=weights) / np.sqrt(squares / (84 - 3))
    found = margins(vectors, selected, words, groups)
    assert found.margin == pytest.approx(expected, abs=2e-6)
    assert found.selected == selected.sum()
    assert found.others == ((groups != 9) & ~selected).sum()


def test_the_word_that_was_planted_is_the_first_that_tells() -> None:
    hits = 0
    for seed in range(50):
        vectors, words, generator = drawn(seed)
        selected = generator.permutation(np.arange(120) < 20)
        moved = unit_rows(vectors + 0.35 * selected[:, None] * words[7])
        found = margins(moved, selected, words, seed=seed, permutations=499)
        hits += found.telling()[:1].tolist() == [7]
        assert found.telling().tolist() == found.order()[: len(found.telling())].tolist()
    assert hits >= 45


@pytest.mark.parametrize("grouped", [False, True])
def test_chance_is_taken_for_a_finding_in_five_of_a_hundred_trials_at_most(grouped: bool) -> None:
    false = 0
    for seed in range(200):
        vectors, words, generator = drawn(seed, n=80, w=400)
        groups: Ints | None = None
        selected = generator.permutation(np.arange(80) < 15)
        if grouped:  # classes that differ in mean, and in how many of them are selected
            groups = generator.integers(0, 4, 80)
            vectors = unit_rows(vectors + generator.standard_normal((4, 16))[groups])
            selected = generator.random(80) < np.array([0.5, 0.1, 0.2, 0.3])[groups]
        false += len(margins(vectors, selected, words, groups, seed=seed, permutations=199).telling()) > 0
    assert false <= 10
    assert false / 200 <= FALSE_FINDINGS + 3 * np.sqrt(FALSE_FINDINGS / 200)


def test_classes_that_differ_are_no_finding_within_classes_and_one_among_all() -> None:
    vectors, words, generator = drawn(3)
    groups = np.repeat([0, 1], 60)
    moved = unit_rows(vectors + groups[:, None] * words[5])
    selected = generator.random(120) < np.array([0.1, 0.6])[groups]
    assert 5 in margins(moved, selected, words).telling()
    assert len(margins(moved, selected, words, groups).telling()) == 0


def test_many_words_and_their_copies_give_the_same_and_a_seed_decides() -> None:
    vectors, words, generator = drawn(1)
    selected = generator.permutation(np.arange(120) < 30)
    few = margins(vectors, selected, words, seed=4)
    many = margins(vectors, selected, np.tile(words, (20, 1)), seed=4)  # more than are compared at once
    assert many.margin[-300:] == pytest.approx(few.margin, abs=1e-6)
    assert many.low[-300:] == pytest.approx(few.low, abs=1e-6)
    assert many.p[-300:] == pytest.approx(few.p)
    assert (margins(vectors, selected, words, seed=4).low == few.low).all()
    assert (margins(vectors, selected, words, seed=5).low != few.low).any()


def test_too_few_on_either_side_and_words_of_another_space_are_refused() -> None:
    vectors, words, _ = drawn(2, n=20)
    with pytest.raises(TooFewRows, match="4 images are to be told from 16 others"):
        margins(vectors, np.arange(20) < 4, words)
    with pytest.raises(TooFewRows, match="0 images"):  # a group that is selected as a whole has nobody to be told from
        margins(vectors, np.arange(20) < 10, words, np.repeat([0, 1], 10))
    with pytest.raises(BadInput, match=r"\(300, 9\)"):
        margins(vectors, np.arange(20) < 10, words[:, :9])
