from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.types import Estimate, Floats
from tests.benchmarks.bench_suspicion import features, matrix, measures, models, noise, tails
from tests.benchmarks.bench_suspicion.work import Pass

TRUTH = np.random.default_rng(0).integers(0, 5, 4000)


def test_people_give_the_first_wrong_answer_of_those_asked() -> None:
    counts = 100 * np.eye(5, dtype=int)[TRUTH] + 25 * np.eye(5, dtype=int)[(TRUTH + 1) % 5]
    for asked in (1, 3):
        given = noise.of_people(counts, TRUTH, asked)
        assert np.isin((given - TRUTH) % 5, (0, 1)).all()
        assert np.mean(given != TRUTH) == pytest.approx(1 - 0.8**asked, abs=0.03)


def test_labels_dealt_anew_keep_the_sizes_of_the_classes() -> None:
    kept = noise.keeping_sizes(TRUTH, 0.2)
    assert (np.bincount(kept) == np.bincount(TRUTH)).all()
    assert 0.1 < np.mean(kept != TRUTH) <= 0.2


def test_a_choice_of_layers_is_what_the_encoder_gives_for_it(tmp_path: Path) -> None:
    from core.encoders import load_encoder

    images = np.random.default_rng(0).integers(0, 256, (2, 128, 128, 3), np.uint8)
    everything = load_encoder("embedded", image_size=128, layers=features.LAYERS)
    np.save(features.file_of(tmp_path, "A set", 128), everything.encode(images))
    some = features.features(tmp_path, "A set", np.array([1, 0]), features.MIDDLES)
    expected = load_encoder("embedded", image_size=128, layers="4,6,last").encode(images[::-1])
    np.testing.assert_allclose(some, expected, rtol=1e-4, atol=1e-5)
    heavier = features.features(tmp_path, "A set", np.array([1, 0]), features.Seen(128, (4, 6), 1.0))
    np.testing.assert_allclose(heavier[:, 1280:], 2 * some[:, 1280:])


def test_a_long_tail_has_the_sizes_asked_for_the_largest_class_first() -> None:
    rows, order = tails.kept(TRUTH, 400, 10, seed=1)
    sizes = np.bincount(TRUTH[rows])[order]
    assert (sizes[0], sizes[-1]) == (400, 10)
    assert (np.diff(sizes) < 0).all()
    assert len(np.unique(rows)) == len(rows)


def test_a_view_of_equal_weight_is_one_voice_of_all() -> None:
    rng = np.random.default_rng(0)
    view, model = rng.normal(size=(50, 3)), rng.normal(size=(50, 3))
    given, known = rng.integers(0, 3, 50), np.ones(50, bool)
    joined = models.equally({"a": view, "b": view}, model, given, known)
    np.testing.assert_allclose(joined["a"], view * 2 / 3)
    assert set(joined) == {"a", "b", "model"}


def test_disagreement_of_the_surest_is_counted_beside_what_the_matrix_foresees() -> None:
    labels = np.repeat([0, 1], 500)
    sure = np.where(np.arange(1000) % 500 < 100, 0.99, 0.9)
    prior: Floats = np.where(np.eye(2)[labels] == 1, sure[:, None], 1 - sure[:, None])
    given = np.where(np.arange(1000) % 500 < 50, 1 - labels, labels)  # 50 of the surest 100 of each class
    share, expected, n = matrix.disagreement(Pass(prior, np.array([[0.9, 0.1], [0.1, 0.9]])), given)
    assert n == 200
    assert share == pytest.approx(0.5)
    assert expected == pytest.approx(1 - 0.99 * 0.9 - 0.01 * 0.1)


def test_numbers_are_written_without_a_leading_nought_and_differences_with_their_sign() -> None:
    assert [measures.number(value) for value in (0.5, 1.0, -0.25, np.nan)] == [".500", "1.000", "-.250", "–"]
    assert measures.signed(Estimate(-0.0123, -0.02, 0.001, 5)) == "−.012 (−.020 to +.001)"
    assert measures.first(np.array([4.0, 3, 2, 1]), np.array([True, False, True, False]), 0.5) == 0.5
    assert measures.filled("| a |\n| b |\n\n" + "word " * 60).count("\n") == 5
