from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import BadInput, TooFewRows
from core.training.batches import Batches
from core.training.held_out import absent_classes, split_held_out
from core.training.pixels import Normalisation
from core.training.predict import predict
from core.training.readouts.logits import dynamics_from_logits, predictions_from_logits
from core.types import UNLABELLED

LOGITS = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [1.0, 1.0, 1.0]])).astype(np.float32)


def test_prediction_columns_worked_by_hand() -> None:
    found = predictions_from_logits(LOGITS, np.array([0, 1, UNLABELLED]))
    assert found["predicted"].tolist() == [0, 2, 0]
    np.testing.assert_allclose(found["confidence"], [0.5, 0.7, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(found["entropy"], [1.5 * np.log(2), 0.8018186, np.log(3)], rtol=1e-6)
    np.testing.assert_allclose(found["max_logit"], LOGITS.max(axis=1))
    np.testing.assert_allclose(found["loss"], [np.log(2), np.log(5), np.nan], rtol=1e-6)
    assert found["correct"].tolist() == [True, False, False]
    assert found["top5"] == [[0, 1, 2], [2, 1, 0], [0, 1, 2]]
    np.testing.assert_allclose(found["probs"].sum(axis=1), 1, rtol=1e-6)


def test_top5_keeps_five_of_many_and_certain_predictions_stay_finite() -> None:
    logits = np.array([[1000.0, 0, 1, 2, 3, 4, 5]])
    found = predictions_from_logits(logits, np.array([1]))
    assert found["top5"] == [[0, 6, 5, 4, 3]]
    assert found["entropy"].tolist() == [0.0]
    assert found["loss"].tolist() == [1000.0]


def test_dynamics_worked_by_hand() -> None:
    found = dynamics_from_logits(LOGITS, np.array([0, 1, UNLABELLED]))
    np.testing.assert_allclose(found["p_label"], [0.5, 0.2, np.nan], rtol=1e-6)
    np.testing.assert_allclose(found["margin"], [np.log(2), np.log(2 / 7), np.nan], rtol=1e-6)
    np.testing.assert_allclose(found["loss"], [np.log(2), np.log(5), np.nan], rtol=1e-6)
    # (0.5, -0.25, -0.25) and (-0.1, 0.8, -0.7)
    np.testing.assert_allclose(found["el2n"], [np.sqrt(0.375), np.sqrt(1.14), np.nan], rtol=1e-6)
    assert found["correct"].tolist() == [True, False, False]


def test_predictions_of_some_rows_come_in_their_order_and_leave_the_mode_alone() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(12, 3)).train()
    pixels = np.random.default_rng(0).integers(0, 256, (1200, 2, 2, 3), dtype=np.uint8)
    batches = Batches(pixels, Normalisation((0.5,) * 3, (0.2,) * 3), torch.device("cpu"))
    seen: list[tuple[int, int]] = []
    every = predict(model, batches, advance=lambda done, total: seen.append((done, total)))
    assert every.shape == (1200, 3)
    assert seen[-1] == (1200, 1200)
    np.testing.assert_allclose(predict(model, batches, np.array([1100, 7])), every[[1100, 7]], rtol=1e-5)
    assert model.training


def test_a_fifth_of_each_class_is_held_out_where_there_is_no_other_split() -> None:
    labels = np.array([0] * 50 + [1] * 10 + [2] * 1 + [UNLABELLED] * 4)
    split = split_held_out(labels, np.array(["train"] * 65), seed=1)
    assert [int(split.held_out[labels == label].sum()) for label in (0, 1, 2, UNLABELLED)] == [10, 2, 0, 0]
    assert not (split.train & split.held_out).any()
    assert (split.train | split.held_out).sum() == 61
    assert "20%" in split.how
    again = split_held_out(labels, np.array(["train"] * 65), seed=1)
    assert (again.train == split.train).all()
    assert (split_held_out(labels, np.array(["train"] * 65), seed=2).train != split.train).any()


def test_another_labelled_split_is_what_the_network_is_judged_on() -> None:
    labels = np.array([0, 1, 0, UNLABELLED])
    split = split_held_out(labels, np.array(["train", "train", "test", "test"]), seed=0)
    assert split.train.tolist() == [True, True, False, False]
    assert split.held_out.tolist() == [False, False, True, False]


def test_training_labels_that_cannot_be_trained_on_are_refused() -> None:
    train = np.array([True, True, True, False])
    assert absent_classes(np.array([0, 2, 2, 1]), train, 4) == [1, 3]
    with pytest.raises(BadInput, match="5"):
        absent_classes(np.array([0, 5, 1, 1]), train, 4)
    with pytest.raises(TooFewRows, match="1 class"):
        absent_classes(np.array([1, 1, 1, 0]), train, 2)
    with pytest.raises(TooFewRows, match="No labelled image"):
        split_held_out(np.full(3, UNLABELLED), np.array(["train"] * 3), seed=0)
