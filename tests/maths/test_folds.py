from __future__ import annotations

import numpy as np
import pytest

from core.maths.folds import row_keys, stratified_folds, training_rows

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(101, 4)).astype(np.float32)
LABELS = RNG.integers(0, 3, 101)
ALL = np.ones(101, bool)


def test_every_class_is_spread_evenly() -> None:
    fold = stratified_folds(FEATURES, LABELS, ALL)
    for label in range(3):
        sizes = np.bincount(fold[label == LABELS], minlength=5)
        assert sizes.max() - sizes.min() <= 1


def test_the_order_of_rows_changes_nothing() -> None:
    order = np.random.default_rng(1).permutation(101)
    fold = stratified_folds(FEATURES, LABELS, ALL)
    assert (stratified_folds(FEATURES[order], LABELS[order], ALL) == fold[order]).all()


def test_copies_of_one_image_are_held_out_together() -> None:
    features = np.repeat(FEATURES[:20], 5, axis=0)
    fold = stratified_folds(features, np.zeros(100, int), np.ones(100, bool)).reshape(20, 5)
    assert (fold == fold[:, :1]).all()


def test_rows_outside_the_fit_have_no_fold() -> None:
    fit = np.arange(101) < 60
    fold = stratified_folds(FEATURES, LABELS, fit)
    assert (fold[~fit] == -1).all()
    assert (fold[fit] != -1).all()


def test_another_seed_makes_other_folds() -> None:
    assert (stratified_folds(FEATURES, LABELS, ALL) != stratified_folds(FEATURES, LABELS, ALL, seed=1)).any()
    assert len(np.unique(row_keys(FEATURES))) == 101


@pytest.mark.parametrize(
    ("splits", "fitted"),
    [
        (["train", "test", "extra"], [True, False, False]), (["fold_1", "fold_2", "test"], [True, True, False]),
        (["a", "b", "val"], [True, True, False]), (["test", "val", "test"], [True, True, True]),
    ],
)  # fmt: skip
def test_held_out_splits_are_fitted_on_only_where_there_is_nothing_else(splits: list[str], fitted: list[bool]) -> None:
    assert training_rows(np.array(splits)).tolist() == fitted
