"""Tiny data of every shape under every scorer: what cannot be told is not told, and why is said before any work."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.errors import TooFewRows
from core.scorers.inputs import Inputs, lone
from core.scorers.inputs.asks import AN_IMAGE, COMPARES_CLASSES, Asks, refuse_too_little
from core.scorers.registry import Scorer, needs_in_words
from core.types import UNLABELLED, Ints
from tests.scorers.test_conformance import SCORERS, every_scorer, of_size

TOO_LITTLE: dict[str, tuple[Ints, int]] = {
    "no labels": (np.full(6, UNLABELLED), 0),
    "no label of three classes": (np.full(6, UNLABELLED), 3),
    "one image": (np.zeros(1, np.int64), 1),
    "one class": (np.zeros(9, np.int64), 1),
    "one class of two, and nothing of the other": (np.zeros(9, np.int64), 2),
    "one image a class": (np.arange(40), 40),
    "one labelled image": (np.array([0, *[UNLABELLED] * 8]), 2),
}
"""Data of which no label can be doubted or confirmed: labels, and how many classes there are."""

ENOUGH: dict[str, tuple[Ints, int]] = {
    "two of each of two classes": (np.array([0, 0, 1, 1]), 2),
    "two of each of three classes": (np.array([0, 0, 1, 1, 2, 2]), 3),
    "one class of one, another of many": (np.array([0, *[1] * 30]), 2),
    "forty classes of one to forty": (np.repeat(np.arange(40), np.arange(1, 41)), 40),
    "a class without an image": (np.array([0, 0, 0, 2, 2, 2]), 3),
    "mostly unlabelled": (np.array([0, 0, 1, 1, *[UNLABELLED] * 20]), 2),
}
"""Data of which something can be told, if not of every image."""

COMPARING = [scorer for scorer in SCORERS if scorer.asks == COMPARES_CLASSES]
shapes_of_too_little = pytest.mark.parametrize("shape", TOO_LITTLE)
shapes_of_enough = pytest.mark.parametrize("shape", ENOUGH)


@shapes_of_too_little
@pytest.mark.parametrize("scorer", COMPARING, ids=lambda scorer: scorer.name)
def test_labels_that_nothing_speaks_for_or_against_are_never_scored(scorer: Scorer, shape: str) -> None:
    inputs = of_size(*TOO_LITTLE[shape])
    with pytest.raises(TooFewRows, match=rf"^{scorer.name} (needs|holds) .*hardlook scorers") as refused:
        scorer.run(inputs)
    counts = {str(len(inputs.labels)), str(int((inputs.labels != UNLABELLED).sum())), "is one", "is none"}
    assert any(count in str(refused.value) for count in counts)


@shapes_of_enough
@every_scorer
def test_what_can_be_told_is_and_what_cannot_has_no_value_and_a_reason(scorer: Scorer, shape: str) -> None:
    inputs = of_size(*ENOUGH[shape])
    alone = lone(inputs)
    for column in scorer.run(inputs):
        missing = np.isnan(column.values)
        assert not missing.all(), column.name
        assert bool(column.reason) == bool(missing.any()), column.reason
        if scorer.asks.others and column.name != "rmd_nearest":  # which is of the image alone, not of its label
            assert missing[alone].all(), column.name
            assert ("no other image to learn from" in column.reason) == bool(alone.any())
        if scorer.asks.others and column.suggested_label is not None:
            doubted = (column.suggested_label != UNLABELLED) & ~missing
            assert not doubted[alone].any(), column.name


@pytest.mark.parametrize("shape", TOO_LITTLE | ENOUGH)
@pytest.mark.parametrize("scorer", [one for one in SCORERS if "labels" in one.needs], ids=lambda scorer: scorer.name)
def test_labels_alone_tell_whether_anything_can_be_scored(scorer: Scorer, shape: str) -> None:
    """So that it can be said before an encoder or a model is run for it."""
    inputs = of_size(*(TOO_LITTLE | ENOUGH)[shape])
    try:
        refuse_too_little(scorer.name, scorer.needs & {"labels", "fit"}, scorer.asks, inputs)
    except TooFewRows:
        with pytest.raises(TooFewRows):
            scorer.run(inputs)
    else:
        assert any(np.isfinite(column.values).any() for column in scorer.run(inputs))


def test_a_scorer_that_learns_classes_says_so() -> None:
    """One that reads labels of images to learn from cannot tell anything from one image of each class."""
    for scorer in SCORERS:
        if {"labels", "fit"} <= scorer.needs:
            assert scorer.asks.others, scorer.name
            assert "2 images of a class" in needs_in_words(scorer)


@pytest.mark.parametrize(
    ("asks", "needs", "labels", "words"),
    [
        (AN_IMAGE, {"labels"}, [-1, -1], "none of 2 images has one"),
        (Asks(images=3), {"fit"}, [0, 0], "needs 3 images to learn from, and there are 2"),
        (Asks(images=3), {"features"}, [0, 0], "needs 3 images, and there are 2"),
        (COMPARES_CLASSES, {"labels", "fit"}, [0, 0, -1], "2 classes with a labelled image to learn from.*is one"),
        (COMPARES_CLASSES, {"labels", "fit"}, [0, 1, 2], "no class has two: 3 labelled images, 3 classes"),
        (Asks(classes=4), {"labels"}, [0, 1], "needs 4 classes, and there are 3"),
    ],
)
def test_the_words_say_what_is_asked_and_what_there_is(asks: Asks, needs: Any, labels: list[int], words: str) -> None:
    n = len(labels)
    inputs = Inputs(np.array(labels), 3, np.ones(n, bool), features=np.ones((n, 2), np.float32))
    with pytest.raises(TooFewRows, match=words):
        refuse_too_little("mine", needs, asks, inputs)


def test_what_is_missing_altogether_is_left_to_the_scorer() -> None:
    refuse_too_little(
        "mine", {"features", "labels", "fit"}, COMPARES_CLASSES, Inputs(np.zeros(2, int), 1, np.ones(2, bool))
    )


def test_an_image_held_out_has_another_where_its_class_has_one_to_learn_from() -> None:
    inputs = Inputs(np.array([0, 0, 1, 2, 2, -1]), 3, np.array([True, False, True, False, False, True]))
    assert lone(inputs).tolist() == [True, False, True, True, True, False]
