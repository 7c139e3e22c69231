from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import MissingRun
from core.metrics.confident import confident_learning
from core.scorers.confident import MOST_PAIRS, confident, confident_margin, noise_parameters
from core.scorers.inputs import Inputs
from core.scorers.probe import probe_probabilities
from core.types import UNLABELLED


def noisy_blobs(n: int = 300) -> tuple[Inputs, np.ndarray]:
    """Three blobs, every fifth image of class 0 labelled 1; the images labelled wrongly."""
    rng = np.random.default_rng(0)
    true = np.arange(n) % 3
    wrong = np.arange(n) % 15 == 0
    features = (4 * np.eye(3)[true] + 0.5 * rng.normal(size=(n, 3))).astype(np.float32)
    return Inputs(np.where(wrong, 1, true), 3, np.ones(n, bool), features), wrong


def test_the_margin_worked_by_hand() -> None:
    # Thresholds .9, .3 and none, which is 1. Above them: -.3, .1, -1. Given 0: .1 - -.3; given 1: -.3 - .1.
    p = np.tile([0.6, 0.4, 0.0], (3, 1))
    values, above = confident_margin(p, np.array([0, 1, UNLABELLED]), np.array([0.9, 0.3, np.nan]))
    np.testing.assert_allclose(values, [0.4, -0.4, np.nan])
    assert above.argmax(axis=1).tolist() == [1, 1, 1]  # not 0, the most probable: 0.6 is little for that class


def test_the_noise_matrix_worked_by_hand() -> None:
    # Joint [[.4, .2], [0, .4]] (core.metrics.confident's own test): of the images truly 1, a third were given 0.
    p0 = np.array([0.9, 0.7, 0.2, 0.1, 0.5])
    found = noise_parameters(confident_learning(np.column_stack([p0, 1 - p0]), np.array([0, 0, 0, 1, 1])))
    assert found == {
        "estimated_error_rate": 0.2,
        "error_rate_by_class": {"0": 0.3333, "1": 0.0},
        "noise_pairs": [{"given": 0, "true": 1, "images": 1, "share": 0.3333}],
        "noise_pairs_in_all": 1,
    }


def test_planted_wrong_labels_are_first_counted_and_corrected() -> None:
    inputs, wrong = noisy_blobs()
    (column,) = confident(inputs)
    assert column.suggested_label is not None
    assert column.values[wrong].min() > max(0, column.values[~wrong].max())
    assert (column.suggested_label[wrong] == 0).all()
    assert (column.suggested_label != inputs.labels).all()
    assert column.doubted is not None
    np.testing.assert_array_equal(column.values > 0, column.doubted)
    rates = column.parameters["error_rate_by_class"]
    assert (rates["0"], rates["2"]) == (0, 0)
    assert 0 < rates["1"] < 20 / 120  # wrong labels that reach no threshold are not counted
    assert 0 < column.parameters["estimated_error_rate"] < wrong.mean()
    assert json.loads(json.dumps(column.parameters)) == column.parameters


def test_error_rates_are_those_of_cleanlab_on_the_same_probabilities() -> None:
    count = pytest.importorskip("cleanlab.count", reason="cleanlab is optional")
    inputs, _ = noisy_blobs()
    (column,) = confident(inputs)
    p = probe_probabilities(np.asarray(inputs.features), inputs.labels, inputs.fit, 3).probabilities
    joint = count.compute_confident_joint(inputs.labels, p, calibrate=False)
    share = np.bincount(inputs.labels) / len(p)
    rates = 1 - np.diag(joint) / joint.sum(axis=1)
    np.testing.assert_allclose(list(column.parameters["error_rate_by_class"].values()), rates, atol=1e-4)
    assert column.parameters["estimated_error_rate"] == pytest.approx(share @ rates, abs=1e-4)


def test_a_class_of_one_image_has_a_reason_and_no_rate() -> None:
    inputs, _ = noisy_blobs(60)
    labels = np.append(inputs.labels[:-2], [3, UNLABELLED])
    (column,) = confident(Inputs(labels, 4, inputs.fit, inputs.features))
    assert np.isnan(column.values).tolist() == [False] * 58 + [True] * 2
    assert column.reason == "1 unlabelled; 1 whose class has no other image to learn from"
    assert set(column.parameters["error_rate_by_class"]) == {"0", "1", "2"}


def test_of_many_classes_the_largest_entries_of_the_noise_matrix_are_kept() -> None:
    k = 500
    labels = np.repeat(np.arange(k), 20)
    true = labels.copy()
    true[::20] = (labels[::20] + 1) % k  # one of each class is truly the next
    true[1:20] = 7  # nearly all of class 0 are truly class 7
    p = np.full((len(labels), k), 0.1 / k)
    p[np.arange(len(labels)), true] = 0.9
    found = noise_parameters(confident_learning(p, labels))
    assert len(found["noise_pairs"]) == MOST_PAIRS
    assert found["noise_pairs_in_all"] == k + 1
    assert found["noise_pairs"][0] == {"given": 0, "true": 7, "images": 19, "share": 0.4872}  # of 19 + 20
    assert len(json.dumps(found)) < 20_000


def test_without_embeddings_it_says_what_to_run() -> None:
    with pytest.raises(MissingRun, match="hardlook embed"):
        confident(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))
