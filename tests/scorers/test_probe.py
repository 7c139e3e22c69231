from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.errors import MissingRun
from core.maths.folds import stratified_folds
from core.scorers import probe as probes
from core.scorers.inputs import Inputs
from core.scorers.probe import probe, probe_probabilities
from core.scorers.registry import get_scorer
from core.types import UNLABELLED


def blobs(n: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return (3 * np.eye(3)[labels] + rng.normal(size=(n, 3))).astype(np.float32), labels


def test_out_of_fold_probabilities_are_those_of_a_plain_loop() -> None:
    features, labels = blobs()
    fit = np.arange(150) < 120
    fold = stratified_folds(features, labels, fit)
    expected = np.empty((150, 3))
    for part in (-1, 0, 1, 2, 3, 4):
        learn = fit & (fold != part)
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=100))
        expected[fold == part] = model.fit(features[learn], labels[learn]).predict_proba(features[fold == part])
    result = probe_probabilities(features, labels, fit, 3)
    # Rows come in another order here, and lbfgs stops at a gradient of 1e-4: not the last digits.
    np.testing.assert_allclose(result.probabilities, expected, atol=1e-3)
    assert result.stopped_early == 0
    assert not result.unseen.any()


def test_columns_worked_by_hand_from_the_probabilities() -> None:
    features, labels = blobs()
    p = probe_probabilities(features, labels, np.ones(150, bool), 3).probabilities
    confidence, margin = probe(Inputs(labels, 3, np.ones(150, bool), features))
    given = p[7, labels[7]]
    assert confidence.values[7] == pytest.approx(1 - given)
    assert margin.values[7] == pytest.approx(np.delete(p[7], labels[7]).max() - given)


def test_a_planted_wrong_label_is_first_and_its_class_suggested() -> None:
    features, labels = blobs()
    features[4] = [0, 0, 6]  # clearly class 2, given class 1
    for column in probe(Inputs(labels, 3, np.ones(150, bool), features)):
        assert column.values.argmax() == 4
        assert column.suggested_label is not None
        assert column.suggested_label[4] == 2


def test_fits_that_stop_early_are_counted_and_not_shouted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.scorers.probe.MAX_ITERATIONS", 1)
    features, labels = blobs()
    assert probe(Inputs(labels, 3, np.ones(150, bool), features))[0].parameters["fits_stopped_early"] == 5


def test_a_class_with_fewer_images_than_folds_is_judged_and_a_single_image_has_a_reason() -> None:
    features, labels = blobs(62)
    labels = np.where(np.arange(62) < 59, labels % 2, [2] * 61 + [3])
    column = probe(Inputs(labels, 4, np.ones(62, bool), features))[0]
    assert np.isnan(column.values).tolist() == [False] * 61 + [True]
    assert column.reason == "1 whose class has no other image to learn from"


def test_constant_embeddings_leave_the_class_shares() -> None:
    column = probe(Inputs(np.arange(20) % 2, 2, np.ones(20, bool), np.ones((20, 4), np.float32)))[0]
    np.testing.assert_allclose(column.values[0], column.values, atol=0.2)


def test_unlabelled_images_get_a_suggestion_and_no_score() -> None:
    features, labels = blobs()
    truth, labels[5] = labels[5], UNLABELLED
    column = probe(Inputs(labels, 3, np.ones(150, bool), features))[0]
    assert np.isnan(column.values[5])
    assert column.suggested_label is not None
    assert column.suggested_label[5] == truth


def test_without_embeddings_it_says_what_to_run() -> None:
    with pytest.raises(MissingRun, match="hardlook embed"):
        probe(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))


def test_scorers_of_the_same_vectors_and_labels_share_one_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cleanlab", reason="cleanlab is optional")
    fits = Counter[str]()
    fit_head = probes._fit_head

    def counted(*arguments: Any) -> Any:
        fits["fits"] += 1
        return fit_head(*arguments)

    monkeypatch.setattr(probes, "_fit_head", counted)
    features, labels = blobs()
    inputs = Inputs(labels, 3, np.ones(150, bool), features)
    alone = []
    for name in ("probe", "confident", "cleanlab"):
        probes._LAST.clear()
        alone.append(get_scorer(name).run(inputs))
    assert fits["fits"] == 3 * 5
    probes._LAST.clear()
    together = [get_scorer(name).run(inputs) for name in ("probe", "confident", "cleanlab")]
    assert fits["fits"] == 4 * 5
    for one, other in zip(chain(*alone), chain(*together), strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert one.parameters == other.parameters


def test_what_differs_in_anything_is_fitted_again() -> None:
    features, labels = blobs()
    fit, moved, relabelled, fewer = np.ones(150, bool), features.copy(), labels.copy(), np.arange(150) != 7
    moved[3, 0] += 1
    relabelled[4] = (labels[4] + 1) % 3
    first = probe_probabilities(features, labels, fit, 3)
    assert probe_probabilities(features.copy(), labels.copy(), fit.copy(), 3) is first
    others: list[tuple[Any, ...]] = [
        (moved, labels, fit, {}), (features, relabelled, fit, {}), (features, labels, fewer, {}),
        (features, labels, fit, {"seed": 1}), (features, labels, fit, {"folds": 4}),
        (features, labels, fit, {"inverse_penalty": 0.1}),
    ]  # fmt: skip
    for vectors, given, rows, settings in others:
        other = probe_probabilities(vectors, given, rows, 3, **settings)
        assert not np.array_equal(other.probabilities, first.probabilities)
