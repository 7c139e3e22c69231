from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput, TooFewRows
from core.training.held_out import TrainingSplit, absent_classes, fewer_images, known_classes, split_held_out
from core.types import UNLABELLED

ALL = np.ones(5, bool)


def test_labels_outside_the_classes_are_named() -> None:
    with pytest.raises(BadInput, match=r"Training labels 7, 9 are outside the 3 classes"):
        absent_classes(np.array([0, 9, 7, 1, 2]), ALL, 3)
    with pytest.raises(BadInput, match="Training labels 3 are outside"):
        known_classes(np.array([0, 3, UNLABELLED, 1, 2]), 3, {1})


def test_a_class_without_a_training_image_is_found_and_one_class_alone_is_refused() -> None:
    assert absent_classes(np.array([0, 0, 2, 2, 3]), ALL, 5) == [1, 4]
    with pytest.raises(TooFewRows, match="have 1 class"):
        absent_classes(np.array([2, 2, 2, 2, 2]), ALL, 5)


def test_classes_are_numbered_anew_without_those_kept_from_the_network() -> None:
    known = known_classes(np.array([0, 1, 2, 3, UNLABELLED]), 4, {1})
    assert known.labels.tolist() == [0, UNLABELLED, 1, 2, UNLABELLED]
    assert known.n_classes == 3
    assert known.order == (0, -1, 1, 2)
    with pytest.raises(BadInput, match=r"Class 4 is outside 0\.\.3"):
        known_classes(np.array([0, 1]), 4, {4})


def test_fewer_training_images_keep_the_share_of_each_class_and_depend_on_no_seed() -> None:
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    splits = np.array(["train"] * 1000)
    splits[::10] = "test"
    split = split_held_out(labels, splits, seed=0)
    fewer = fewer_images(split, labels, 90)
    assert np.bincount(labels[fewer.train]).tolist() == [54, 27, 9]
    assert not (fewer.train & ~split.train).any()
    assert fewer.held_out is split.held_out
    assert "90 of 900 images" in fewer.how
    np.testing.assert_array_equal(fewer_images(split_held_out(labels, splits, seed=3), labels, 90).train, fewer.train)
    assert fewer_images(split, labels, 900) is split


def test_too_few_training_images_for_the_classes_are_refused() -> None:
    split = TrainingSplit(ALL, ~ALL, "")
    with pytest.raises(TooFewRows, match="3 training images are fewer than two for each of 2 classes"):
        fewer_images(split, np.array([0, 0, 0, 1, 1]), 3)
