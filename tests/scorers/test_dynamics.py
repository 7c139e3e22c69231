from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core.errors import BadInput, MissingRun, TooFewRows
from core.scorers.dynamics import (
    aum,
    data_map,
    dual,
    dual_score,
    el2n,
    forgetting,
    forgetting_events,
    frequency,
    loss_mean,
)
from core.scorers.inputs import Inputs
from core.types import Dynamics, Floats

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


def of_probabilities(p_label: Floats) -> Inputs:
    n, epochs = p_label.shape
    loss = -np.log(p_label.astype(np.float64)).astype(np.float32)
    seen = Dynamics(p_label, np.zeros_like(loss), loss, np.zeros((n, epochs), bool), np.zeros_like(loss))
    return Inputs(np.zeros(n, int), 2, np.ones(n, bool), dynamics=seen)


def test_the_data_map_worked_by_hand() -> None:
    # 0.2 and 0.8 about 0.5: sd 0.3, p(1 - p) 0.16 twice. Always 0.5: no spread, yet 0.25. Never learned: as little of
    # either as learned at once.
    p = np.array([[0.2, 0.8], [0.5, 0.5], [0.01, 0.01], [0.99, 0.99]], np.float32)
    columns = {column.name: column for column in data_map(of_probabilities(p))}
    np.testing.assert_allclose(columns["p_label_mean"].values, [0.5, 0.5, 0.01, 0.99], rtol=1e-6)
    np.testing.assert_allclose(columns["p_label_sd"].values, [0.3, 0, 0, 0], atol=1e-7)
    np.testing.assert_allclose(columns["aleatoric"].values, [0.16, 0.25, 0.0099, 0.0099], rtol=1e-5)
    assert [column.direction for column in columns.values()] == [-1, None, None]


def test_dual_worked_by_hand() -> None:
    # Windows of two: (0.2, 0.4) and (0.4, 0.8), deviations 0.2/sqrt(2) and 0.4/sqrt(2), weighed by 0.7 and 0.4.
    p = np.array([[0.2, 0.4, 0.8, 0.0]], np.float32)
    by_hand = (0.7 * 0.2 + 0.4 * 0.4) / np.sqrt(2) / 2
    (column,) = dual(of_probabilities(np.maximum(p, 1e-9)), epochs=3, window=2)
    np.testing.assert_allclose(column.values, by_hand, rtol=1e-6)
    assert column.parameters == {"epochs_recorded": 4, "epochs": 3, "window": 2}


@pytest.mark.parametrize(("epochs", "window"), [(30, 10), (12, 12), (7, 2)])
def test_the_data_map_and_dual_are_those_of_the_papers_definitions(epochs: int, window: int) -> None:
    p = np.random.default_rng(1).random((60, 40)).astype(np.float32)
    columns = {column.name: column.values for column in data_map(of_probabilities(p))}
    (scored,) = dual(of_probabilities(p), epochs=epochs, window=window)
    for i, row in enumerate(p.astype(np.float64).tolist()):
        # Swayamdipta et al., section 2: mu = sum p / E, sigma = sqrt(sum (p - mu)^2 / E)
        mu = sum(row) / len(row)
        assert columns["p_label_mean"][i] == pytest.approx(mu, abs=1e-6)
        assert columns["p_label_sd"][i] == pytest.approx((sum((x - mu) ** 2 for x in row) / len(row)) ** 0.5, abs=1e-6)
        # Seedat et al., section 3: the mean over checkpoints of p(1 - p); with the variance it is mu(1 - mu)
        assert columns["aleatoric"][i] == pytest.approx(sum(x * (1 - x) for x in row) / len(row), abs=1e-6)
        # Cho et al., section 3: windows k = 1 .. T - J + 1
        windows = []
        for k in range(epochs - window + 1):
            part = row[k : k + window]
            mean = sum(part) / window
            deviation = (sum((x - mean) ** 2 for x in part) / (window - 1)) ** 0.5
            windows.append((1 - mean) * deviation)
        assert scored.values[i] == pytest.approx(sum(windows) / len(windows), abs=1e-6)


def test_what_varies_and_what_is_uncertain_add_up_to_the_variance_of_the_outcome() -> None:
    p = np.random.default_rng(2).random((50, 9)).astype(np.float32)
    mean, sd, aleatoric = (column.values.astype(np.float64) for column in data_map(of_probabilities(p)))
    np.testing.assert_allclose(sd**2 + aleatoric, mean * (1 - mean), atol=1e-6)


def test_a_window_of_all_epochs_is_the_whole_training() -> None:
    p = np.random.default_rng(3).random((20, 6))
    whole = (1 - p.mean(axis=1)) * p.std(axis=1, ddof=1)
    np.testing.assert_allclose(dual_score(p, 6), whole)


def test_what_varies_over_epochs_needs_two_of_them() -> None:
    one = of_probabilities(np.full((4, 1), 0.5, np.float32))
    for scorer in (data_map, dual):
        with pytest.raises(TooFewRows, match="after 2 epochs or more, and 1 was recorded"):
            scorer(one)
    for setting in ({"epochs": 1}, {"window": 1}):
        with pytest.raises(BadInput, match="at least 2, and was given 1"):
            dual(INPUTS, **setting)


def test_a_data_map_and_dual_are_of_the_images_trained_on() -> None:
    trained_on = np.array([True, False, True])
    inputs = replace(
        of_probabilities(np.random.default_rng(4).random((3, 5)).astype(np.float32)), trained_on=trained_on
    )
    for column in (*data_map(inputs), *dual(inputs)):
        np.testing.assert_array_equal(np.isfinite(column.values), trained_on)
        assert column.reason == "1 not trained on"
    assert np.isfinite(loss_mean(inputs)[0].values).all()


def test_images_not_trained_on_are_counted_in_the_reason() -> None:
    assert aum(INPUTS)[0].reason == "1 not trained on"


def test_early_epochs_are_cut_to_those_recorded_and_stored() -> None:
    assert el2n(INPUTS)[0].parameters == {"epochs_recorded": 4, "epochs": 4}
    with pytest.raises(BadInput, match="at least 1 epoch"):
        el2n(INPUTS, epochs=0)


@pytest.mark.parametrize("scorer", [aum, data_map, dual, el2n, forgetting, frequency, loss_mean])
def test_without_a_training_run_it_says_what_to_run(scorer: object) -> None:
    assert callable(scorer)
    with pytest.raises(MissingRun, match="hardlook train"):
        scorer(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))
