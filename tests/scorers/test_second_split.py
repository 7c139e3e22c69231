"""Learning and forgetting epochs: worked by hand, and as a plain loop over the paper's definitions has them."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import MissingRun, TooFewRows
from core.scorers.inputs import Inputs
from core.scorers.second_split import forgetting_epoch, learning_epoch, second_split_forgetting
from core.types import HARDER_HIGH, UNLABELLED, SecondSplit

# Right throughout; learned at 3; wrong in between; never learned; right at the last alone.
CORRECT = np.array([[1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 1, 1], [1, 1, 1, 0], [0, 0, 0, 1]], bool)


def test_epochs_worked_by_hand() -> None:
    assert learning_epoch(CORRECT).tolist() == [1, 3, 3, 5, 4]
    assert forgetting_epoch(CORRECT).tolist() == [5, 5, 5, 4, 5]
    assert forgetting_epoch(~CORRECT).tolist() == [1, 3, 3, 5, 4]
    assert learning_epoch(CORRECT[:, :1]).tolist() == [1, 2, 1, 1, 2]


def earliest(row: list[bool], wanted: bool) -> int:
    """The smallest t* of 1..E with the wanted state at every t >= t*; one more than E where there is none."""
    for start in range(1, len(row) + 1):
        if all(row[t - 1] == wanted for t in range(start, len(row) + 1)):
            return start
    return len(row) + 1


@pytest.mark.parametrize("seed", range(40))
def test_epochs_are_those_of_the_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    correct = rng.random((int(rng.integers(1, 60)), int(rng.integers(1, 15)))) < rng.uniform(0.05, 0.95)
    assert learning_epoch(correct).tolist() == [earliest(row, True) for row in correct.tolist()]
    assert forgetting_epoch(correct).tolist() == [earliest(row, False) for row in correct.tolist()]


def test_what_is_never_forgotten_or_never_learned_lies_above_all_that_is() -> None:
    every = np.array([[bool(bits >> i & 1) for i in range(5)] for bits in range(32)])
    forgotten, learned = forgetting_epoch(every), learning_epoch(every)
    assert set(forgotten[every[:, -1]]) == {6}
    assert forgotten[~every[:, -1]].max() == 5
    assert set(learned[~every[:, -1]]) == {6}
    assert learned[every[:, -1]].max() == 5


def test_both_columns_say_which_way_they_point_and_leave_out_what_was_not_trained_on() -> None:
    labels = np.array([0, 1, 0, 1, UNLABELLED, 1, 2])
    correct = np.concatenate([CORRECT, CORRECT[3:]])
    fit = np.array([1, 1, 1, 0, 1, 1, 1], bool)
    inputs = Inputs(labels, 3, fit, second_split=SecondSplit(correct, correct[:, :2]))
    forgotten, learned = second_split_forgetting(inputs)
    assert (forgotten.name, forgotten.direction) == ("second_split_forgetting", HARDER_HIGH)
    assert (learned.name, learned.direction) == ("first_split_learning", HARDER_HIGH)
    np.testing.assert_array_equal(forgotten.values, np.array([-3, -1, -2, np.nan, np.nan, -3, np.nan], np.float32))
    np.testing.assert_array_equal(learned.values, np.array([1, 3, 3, np.nan, np.nan, 5, np.nan], np.float32))
    assert forgotten.reason == learned.reason
    assert forgotten.reason == "2 not trained on; 1 whose class has no other image to learn from"


def test_without_the_trainings_or_two_classes_it_says_what_is_lacking() -> None:
    with pytest.raises(MissingRun, match="hardlook score second_split_forgetting"):
        second_split_forgetting(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))
    seen = SecondSplit(CORRECT, CORRECT)
    with pytest.raises(TooFewRows, match="2 classes"):
        second_split_forgetting(Inputs(np.zeros(5, int), 1, np.ones(5, bool), second_split=seen))
