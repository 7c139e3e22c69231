from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from core.errors import BadInput, MissingRun
from core.maths.evidence import joined
from core.metrics.labels import average_precision
from core.scorers.inputs import Inputs
from core.scorers.knn import knn
from core.scorers.rmd import rmd
from core.scorers.suspicion import believe, drivers, suspicion
from core.types import UNLABELLED, ScoreColumn
from tests.metrics.oracles import auroc


def planted(n: int = 600, wrong: float = 0.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four overlapping blobs; a share of the labels moved on by one class. Features, true labels, given labels."""
    rng = np.random.default_rng(seed)
    true = np.arange(n) % 4
    features = (3 * np.eye(4, 10)[true] + rng.normal(size=(n, 10))).astype(np.float32)
    given = np.where(rng.random(n) < wrong, (true + 1) % 4, true)
    return features, true, given


def columns(features: np.ndarray, labels: np.ndarray, fit: np.ndarray | None = None) -> dict[str, ScoreColumn]:
    fit = np.ones(len(labels), bool) if fit is None else fit
    return {c.name: c for c in suspicion(Inputs(labels, 4, fit, features))}


def test_it_finds_planted_mistakes_better_than_its_parts() -> None:
    features, true, given = planted()
    inputs = Inputs(given, 4, np.ones(600, bool), features)
    ours = suspicion(inputs)[0].values
    for rival in (knn(inputs)[0], *rmd(inputs)):
        assert auroc(ours, given != true) > auroc(rival.values, given != true)
        assert average_precision(ours, given != true) > average_precision(rival.values, given != true)


def test_it_is_a_probability_and_its_mean_is_the_share_of_wrong_labels() -> None:
    features, true, given = planted()
    column = columns(features, given)["suspicion"]
    assert column.values.min() >= 0
    assert column.values.max() <= 1
    assert column.values.mean() == pytest.approx((given != true).mean(), abs=0.05)
    assert column.parameters["estimated_wrong"] == pytest.approx(column.values.mean(), abs=1e-3)


def test_the_suggested_label_is_the_likeliest_other_and_doubted_is_what_is_likelier_wrong_than_right() -> None:
    features, true, given = planted()
    column = columns(features, given)["suspicion"]
    wrong = given != true
    assert column.suggested_label is not None
    assert column.doubted is not None
    assert (column.suggested_label != given).all()
    assert (column.suggested_label[wrong] == true[wrong]).mean() > 0.9
    np.testing.assert_array_equal(column.doubted, column.values > 0.5)
    named = np.where(column.doubted, column.suggested_label, given)
    assert (named == true).mean() > (given == true).mean() + 0.1


def test_the_other_classes_are_all_but_the_given_one_by_belief_down_to_the_fifth() -> None:
    features, _, given = planted()
    given[7] = UNLABELLED
    beliefs = believe(features, given, given != UNLABELLED)
    column = suspicion(Inputs(given, 4, np.ones(600, bool), features))[0]
    others = column.other_classes
    assert others is not None
    for row in (0, 7, 300):
        kept = [label for label in np.argsort(-beliefs.belief[row], kind="stable") if label != given[row]]
        assert others.labels[row].tolist() == [*kept, *[UNLABELLED] * (5 - len(kept))]
        np.testing.assert_allclose(others.probabilities[row][: len(kept)], beliefs.belief[row, kept], rtol=1e-6)
        assert np.isnan(others.probabilities[row][len(kept) :]).all()
    assert column.suggested_label is not None
    np.testing.assert_array_equal(others.labels[:, 0], column.suggested_label)


def test_what_drove_it_adds_up_to_the_log_odds() -> None:
    features, _, given = planted()
    beliefs = believe(features, given, np.ones(600, bool))
    rival, parts = drivers(beliefs, given)
    rows = np.arange(600)
    odds = np.log(beliefs.belief[rows, rival] / beliefs.belief[rows, given])
    np.testing.assert_allclose(sum(parts.values()), odds, rtol=1e-6, atol=1e-6)
    assert (rival != given).all()


def test_the_usual_mistake_counts_against_a_label() -> None:
    features, _, given = planted(2000)
    found = columns(features, given)["suspicion_from_noise"].values
    beliefs = believe(features, given, np.ones(2000, bool))
    rival, _ = drivers(beliefs, given)
    assert found[rival == (given - 1) % 4].min() > found[rival == (given + 1) % 4].max()


def test_the_label_is_judged_and_not_heard_when_it_is_held_out() -> None:
    features, true, given = planted()
    fit = np.arange(600) < 400
    held_out = columns(features, given, fit)["suspicion"].values[~fit]
    assert auroc(held_out, (given != true)[~fit]) > 0.95


def test_a_single_image_of_a_class_has_a_reason() -> None:
    features, _, _ = planted(40)
    labels = np.arange(40) % 2
    labels[3], labels[5] = 2, UNLABELLED
    mixed = columns(features, labels)["suspicion"]
    assert np.flatnonzero(np.isnan(mixed.values)).tolist() == [3, 5]
    assert mixed.reason == "1 unlabelled; 1 whose class has no other image to learn from"
    assert mixed.suggested_label is not None
    assert mixed.suggested_label[5] != UNLABELLED


@pytest.mark.parametrize("n", [4, 7, 12])
def test_constant_embeddings_and_few_images_are_scored(n: int) -> None:
    for features in (np.ones((n, 5), np.float32), np.random.default_rng(n).normal(size=(n, 5)).astype(np.float32)):
        assert np.isfinite(columns(features, np.arange(n) % 2)["suspicion"].values).all()


def test_missing_or_broken_embeddings_say_what_to_do() -> None:
    with pytest.raises(MissingRun, match="hardlook embed"):
        suspicion(Inputs(np.zeros(2, int), 1, np.ones(2, bool)))
    with pytest.raises(BadInput, match="finite"):
        columns(np.full((4, 2), np.nan, np.float32), np.arange(4) % 2)


def a_model(true: np.ndarray, right: float, seed: int = 1) -> np.ndarray:
    """Probabilities of a model that is right of a share of the images, and as sure as it should be."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(len(true)) < right, true, rng.integers(0, 4, len(true)))
    return np.asarray(0.02 + 0.92 * np.eye(4)[said], np.float32)


def test_a_models_predictions_are_a_view_with_the_weight_they_earn() -> None:
    features, true, given = planted(1200)
    inputs = Inputs(given, 4, np.ones(1200, bool), features)
    alone = auroc(suspicion(inputs)[0].values, given != true)
    for right, gain in ((0.97, 0.003), (0.3, -0.01), (0.0, -0.01)):
        model = a_model(true, right)
        margin = model.max(axis=1) - model[np.arange(1200), given]
        together = {c.name: c for c in suspicion(replace(inputs, probabilities=model))}
        found = auroc(together["suspicion"].values, given != true)
        assert found >= max(alone, auroc(margin, given != true)) + min(gain, 0), right
        assert found >= alone + gain, right
    assert np.abs(together["suspicion_from_model"].values).max() < 0.3  # of one that guesses


def test_labels_that_a_model_has_learned_are_not_heard_a_second_time() -> None:
    features, true, given = planted()
    fit = np.ones(600, bool)
    by_heart = np.asarray(0.01 + 0.96 * np.eye(4)[given], np.float32)
    alone = suspicion(Inputs(given, 4, fit, features))[0].values
    half = np.arange(600) < 300
    inputs = Inputs(given, 4, fit, features, probabilities=np.where(half[:, None], by_heart, a_model(true, 0.95)),
                    trained_on=half)  # fmt: skip
    columns = {c.name: c for c in suspicion(inputs)}
    assert (
        auroc(columns["suspicion"].values[half], (given != true)[half])
        > auroc(alone[half], (given != true)[half]) - 0.01
    )
    assert auroc(columns["suspicion"].values[~half], (given != true)[~half]) > 0.95
    assert (columns["suspicion_from_model"].values[half] == 0).all()
    assert "a model's predictions of 300 of 600 images" in columns["suspicion"].fitted_on
    with pytest.raises(BadInput, match="was trained on 600"):
        suspicion(replace(inputs, trained_on=fit))


def test_what_drove_it_adds_up_with_a_model_too() -> None:
    features, true, given = planted()
    model = a_model(true, 0.8).astype(float)
    model[:200] = np.nan
    beliefs = believe(features, given, np.ones(600, bool), model=model)
    rival, parts = drivers(beliefs, given)
    rows = np.arange(600)
    odds = np.log(beliefs.belief[rows, rival] / beliefs.belief[rows, given])
    np.testing.assert_allclose(sum(parts.values()), odds, rtol=1e-6, atol=1e-6)


def test_the_weights_of_features_and_model_are_the_likeliest() -> None:
    rng = np.random.default_rng(3)
    given, known = rng.integers(0, 4, 400), rng.random(400) < 0.9
    features, model = np.eye(4)[given] + rng.normal(size=(400, 4)), 2 * np.eye(4)[given] + rng.normal(size=(400, 4))
    found = joined({"a": 0.25 * features, "b": 0.75 * features}, model, given, known)
    rows = np.flatnonzero(known)
    apart = np.stack([features, model], axis=2)[rows]
    assert set(found) == {"a", "b", "model"}
    shares = found["model"][rows[0], 0] / model[rows[0], 0], found["a"][rows[0], 0] / (0.25 * features[rows[0], 0])

    def surprise(of_model: float, of_features: float) -> float:
        logits = apart @ np.array([of_features, of_model])
        return float(np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(rows)), given[rows]]))

    best = surprise(*shares)
    for step in (0.99, 1.01):
        assert surprise(shares[0] * step, shares[1]) > best
        assert surprise(shares[0], shares[1] * step) > best


def test_a_class_of_a_dozen_is_judged_as_well_as_the_others() -> None:
    rng = np.random.default_rng(5)
    true = np.repeat(np.arange(4), (600, 300, 60, 14))
    features = (3.5 * np.eye(4, 10)[true] + rng.normal(size=(len(true), 10))).astype(np.float32)
    given = np.where(rng.random(len(true)) < 0.1, rng.integers(0, 4, len(true)), true)
    values = columns(features, given)["suspicion"].values
    for label in range(4):
        of = given == label
        assert auroc(values[of], (given != true)[of]) > 0.9, label
