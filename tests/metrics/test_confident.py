from __future__ import annotations

import numpy as np
import pytest

from core.metrics.confident import confident_learning


def test_counts_and_joint_worked_by_hand() -> None:
    # Labels 0: p0 = .9, .7, .2 -> threshold .6. Labels 1: p1 = .9, .5 -> threshold .7.
    # Rows: .9 reaches t0; .7 reaches t0; .2 (p1 = .8) reaches t1; .1 (p1 = .9) reaches t1; .5/.5 reaches none.
    p0 = np.array([0.9, 0.7, 0.2, 0.1, 0.5])
    noise = confident_learning(np.column_stack([p0, 1 - p0]), np.array([0, 0, 0, 1, 1]))
    np.testing.assert_allclose(noise.thresholds, [0.6, 0.7])
    assert noise.counts.tolist() == [[2, 1], [0, 1]]
    # Row 0 is 3/5 of the labels, split 2:1; row 1 is 2/5, all its own.
    np.testing.assert_allclose(noise.joint, [[0.4, 0.2], [0.0, 0.4]])
    np.testing.assert_allclose(noise.error_rate, [1 / 3, 0])
    assert noise.overall == pytest.approx(0.2)


def test_joint_and_counts_are_those_of_cleanlab() -> None:
    from cleanlab.count import compute_confident_joint, estimate_joint

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 500)
    logits = rng.normal(size=(500, 4)) + 2 * np.eye(4)[np.where(rng.random(500) < 0.2, rng.integers(0, 4, 500), labels)]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    noise = confident_learning(p, labels)
    theirs = compute_confident_joint(labels, p, calibrate=False)
    # Theirs never lets a diagonal entry fall below one; no entry is that small here.
    assert noise.counts.tolist() == theirs.tolist()
    # Theirs rounds to whole images, keeping row totals.
    np.testing.assert_allclose(noise.joint, estimate_joint(labels, p), atol=1 / 500)


def test_the_estimated_rate_is_near_the_planted_one() -> None:
    rng = np.random.default_rng(1)
    true = rng.integers(0, 3, 3000)
    labels = np.where(rng.random(3000) < 0.2, (true + 1) % 3, true)
    p = np.full((3000, 3), 0.1) + 0.7 * np.eye(3)[true]
    noise = confident_learning(p, labels)
    assert noise.overall == pytest.approx((labels != true).mean(), abs=0.02)
    assert noise.joint.sum() == pytest.approx(1)


def test_a_class_without_labels_has_no_error_rate_and_one_class_has_no_noise() -> None:
    noise = confident_learning(np.tile([0.8, 0.2, 0.0], (4, 1)), np.array([0, 0, 0, -1]))
    assert noise.error_rate[0] == 0
    assert np.isnan(noise.error_rate[1:]).all()
    assert noise.overall == 0
