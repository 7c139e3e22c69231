"""Planted labels: as many as asked, where they are meant to be, the same for the same seed, the labels untouched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.maths.planted_noise import (
    INSTANCE,
    PAIR,
    PLANTERS,
    SYMMETRIC,
    by_instance,
    counterparts,
    paired,
    sure_where_doubted,
    symmetric,
)
from core.types import Floats

LABELS = np.random.default_rng(0).integers(0, 5, 4000)


def seen_of(labels: np.ndarray, own: float, towards: int) -> Floats:
    """(n, 5) what a model sees: the given class with `own`, one class further on with the rest."""
    every = np.arange(len(labels))
    seen = np.zeros((len(labels), 5))
    seen[every, labels], seen[every, (labels + towards) % 5] = own, 1 - own
    return seen


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(4, 60), n_classes=st.integers(2, 6), rate=st.floats(0, 0.6), seed=st.integers(0, 99),
    kind=st.sampled_from(sorted(PLANTERS)), sharp=st.floats(0.01, 40),
)  # fmt: skip
def test_every_kind_plants_exactly_its_rate_and_changes_nothing_else(
    n: int, n_classes: int, rate: float, seed: int, kind: str, sharp: float
) -> None:
    rng = np.random.default_rng(seed)
    labels = np.r_[np.arange(n_classes), rng.integers(0, n_classes, n)]
    power = np.exp(sharp * rng.normal(size=(len(labels), n_classes)))
    seen = power / power.sum(axis=1, keepdims=True)
    before = labels.copy()
    planted = PLANTERS[kind](labels, rate, seen, seed)
    assert (labels == before).all()
    assert np.count_nonzero(planted != labels) == round(len(labels) * rate)
    assert ((planted >= 0) & (planted < n_classes)).all()
    assert (planted == PLANTERS[kind](labels, rate, seen, seed)).all()


@pytest.mark.parametrize("kind", sorted(PLANTERS))
def test_another_seed_plants_others(kind: str) -> None:
    seen = np.full((4000, 5), 0.2) + seen_of(LABELS, 0.6, 1)
    first, second = (PLANTERS[kind](LABELS, 0.2, seen / 2, seed) for seed in (0, 1))
    assert (first != second).any()


def test_symmetric_noise_goes_to_every_other_class_alike() -> None:
    moved = symmetric(LABELS, 0.5, 5)
    steps = np.bincount((moved - LABELS) % 5, minlength=5)
    assert steps[0] == 2000
    assert (np.abs(steps[1:] - 500) < 80).all()  # four standard deviations


@pytest.mark.parametrize("kind", [SYMMETRIC, PAIR])
def test_what_is_planted_at_a_lower_rate_is_planted_at_a_higher_one(kind: str) -> None:
    few, many = (PLANTERS[kind](LABELS, rate, seen_of(LABELS, 0.9, 1), 3) != LABELS for rate in (0.1, 0.2))
    assert (few <= many).all()


def test_pairs_go_to_the_class_that_theirs_is_mistaken_for() -> None:
    seen = seen_of(LABELS, 0.7, 2)
    assert counterparts(seen, LABELS).tolist() == [2, 3, 4, 0, 1]
    moved = paired(LABELS, 0.4, counterparts(seen, LABELS))
    assert set((moved - LABELS)[moved != LABELS] % 5) == {2}


def test_by_instance_the_unsure_images_move_to_the_classes_they_are_taken_for() -> None:
    sure = np.arange(4000) < 2000
    seen = np.where(sure[:, None], seen_of(LABELS, 0.99, 1), seen_of(LABELS, 0.3, 2))
    wrong = by_instance(LABELS, 0.2, seen)
    assert (wrong != LABELS)[~sure].sum() > 20 * (wrong != LABELS)[sure].sum()
    assert set((wrong - LABELS)[(wrong != LABELS) & ~sure] % 5) == {2}


def test_a_label_that_is_doubted_already_is_not_put_right_while_there_are_others() -> None:
    doubted = np.arange(4000) < 400
    seen = np.where(doubted[:, None], seen_of(LABELS, 0.1, 1), seen_of(LABELS, 0.8, 1))
    moved = PLANTERS[INSTANCE](LABELS, 0.2, seen, 0) != LABELS
    assert not moved[doubted].any()
    assert (by_instance(LABELS, 0.2, seen) != LABELS)[doubted].any()
    assert (sure_where_doubted(seen, LABELS)[~doubted] == seen[~doubted]).all()
    everything = PLANTERS[INSTANCE](LABELS, 0.95, seen, 0) != LABELS
    assert everything.sum() == 3800  # the doubted ones once no other is left
