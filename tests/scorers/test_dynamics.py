from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.errors import BadInput, MissingRun
from core.scorers.dynamics import aum, el2n, forgetting, forgetting_events, frequency, loss_mean
from core.scorers.inputs import Inputs
from core.types import Dynamics

NAN = [np.nan] * 4
CORRECT = np.array([[1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], bool)
LOSS = np.array([[0.4, 0.3, 0.2, 0.1], [2, 0.5, 1, 0.5], [0.5, 1, 0.5, 1], [3, 3, 3, 3], NAN], np.float32)
MARGIN = np.array([[1, 2, 3, 4], [-1, 1, -1, 1], [1, -1, 1, -2], [-4, -4, -4, -4], NAN], np.float32)
EL2N = np.array([[0.4, 0.2, 0.1, 0.1], [1, 0.5, 0.8, 0.4], [0.4, 0.8, 0.4, 0.8], [1.4, 1.4, 1.4, 1.4], NAN], np.float32)
INPUTS = Inputs(np.zeros(5, int), 2, np.ones(5, bool), dynamics=Dynamics(np.exp(-LOSS), MARGIN, LOSS, CORRECT, EL2N))


def test_scores_worked_by_hand() -> None:
    np.testing.assert_allclose(loss_mean(INPUTS)[0].values, [0.25, 1, 0.75, 3, np.nan], rtol=1e-6)
    np.testing.assert_allclose(frequency(INPUTS)[0].values, [0, 0.5, 0.5, 1, np.nan])
    np.testing.assert_allclose(aum(INPUTS)[0].values, [-2.5, 0, 0.25, 4, np.nan], rtol=1e-6)
    np.testing.assert_allclose(el2n(INPUTS, epochs=2)[0].values, [0.3, 0.75, 0.6, 1.4, np.nan], rtol=1e-6)
    # Right-to-wrong steps; the image never right counts all four epochs.
    np.testing.assert_allclose(forgetting(INPUTS)[0].values, [0, 1, 2, 4, np.nan])


def test_forgetting_events_are_those_of_a_plain_loop() -> None:
    correct = np.random.default_rng(0).random((100, 12)) < 0.6
    for row, counted in zip(correct, forgetting_events(correct), strict=True):
        events = sum(1 for before, after in pairwise(row) if before and not after)
        assert counted == (events if row.any() else 12)


def test_an_image_never_learned_is_above_any_that_was() -> None:
    alternating = np.tile([True, False], 6)[None]
    assert forgetting_events(np.zeros((1, 12), bool))[0] > forgetting_events(alternating)[0]


def test_images_not_trained_on_are_counted_in_the_reason() -> None:
    assert aum(INPUTS)[0].reason == "1 not trained on"


def test_early_epochs_are_cut_to_those_recorded_and_stored() -> None:
    assert el2n(INPUTS)[0].parameters == {"epochs_recorded": 4, "epochs": 4}
    with pytest.raises(BadInput, match="at least 1 epoch"):
        el2n(INPUTS, epochs=0)


@pytest.mark.parametrize("scorer", [aum, el2n, forgetting, frequency, loss_mean])
def test_without_a_training_run_it_says_what_to_run(scorer: object) -> None:
    assert callable(scorer)
    with pytest.raises(MissingRun, match="hardlook train"):
        scorer(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))
