from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import LocalOutlierFactor

from core.scorers.inputs import Inputs
from core.scorers.outlier import outlier


def inputs(features: np.ndarray, fit: np.ndarray | None = None) -> Inputs:
    n = len(features)
    return Inputs(np.zeros(n, int), 1, np.ones(n, bool) if fit is None else fit, features.astype(np.float32))


def test_mean_distance_worked_by_hand() -> None:
    # Unit vectors at 0, 90 and 180 degrees: chords of sqrt 2 and 2.
    values = outlier(inputs(np.array([[1, 0], [0, 1], [-1, 0]])), k=2)[0].values
    np.testing.assert_allclose(values, [(2**0.5 + 2) / 2, 2**0.5, (2**0.5 + 2) / 2], rtol=1e-6)


def test_local_factor_is_scikit_learns() -> None:
    features = np.random.default_rng(0).normal(size=(150, 5))
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    expected = -LocalOutlierFactor(n_neighbors=10).fit(unit).negative_outlier_factor_
    np.testing.assert_allclose(outlier(inputs(features), k=10)[1].values, expected, rtol=1e-3)


def test_local_factor_of_held_out_images_is_scikit_learns_novelty() -> None:
    features = np.random.default_rng(1).normal(size=(150, 5))
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    fit = np.arange(150) < 100
    expected = -LocalOutlierFactor(n_neighbors=10, novelty=True).fit(unit[fit]).score_samples(unit[~fit])
    np.testing.assert_allclose(outlier(inputs(features, fit), k=10)[1].values[~fit], expected, rtol=1e-3)


def test_a_far_image_is_first_in_both_columns() -> None:
    features = np.random.default_rng(0).normal(size=(60, 3)) * 0.1 + np.array([1, 0, 0])
    features[7] = [-1, 0.5, 0]
    for column in outlier(inputs(features)):
        assert column.values.argmax() == 7


def test_constant_embeddings_are_no_outliers() -> None:
    distance, factor = outlier(inputs(np.ones((30, 4))))
    assert distance.values.tolist() == [0] * 30
    np.testing.assert_allclose(factor.values, 1)


@pytest.mark.parametrize("n", [2, 3, 19])
def test_fewer_images_than_neighbours_are_still_scored(n: int) -> None:
    for column in outlier(inputs(np.random.default_rng(n).normal(size=(n, 4)))):
        assert np.isfinite(column.values).all()
