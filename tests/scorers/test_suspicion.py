from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput, MissingRun
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
