"""MD: parity with scikit-learn, plain and after the reduction that RMD has."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.scorers.inputs import Inputs
from core.scorers.kmeans import kmeans, reduced
from core.scorers.md import md
from core.types import Bools, Floats, Ints


def data(n: int, d: int) -> tuple[Floats, Ints, Bools]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, n)
    x = rng.normal(size=(n, d)) * np.linspace(3, 0.2, d) + 2 * np.eye(3, d)[labels]
    return x.astype(np.float32), labels, rng.random(n) < 0.8


def distances(x: Floats, labels: Ints, fit: Bools) -> Floats:
    """A float64 loop over scikit-learn's covariance within classes, shared, maximum likelihood."""
    lda = LinearDiscriminantAnalysis(solver="lsqr", store_covariance=True).fit(x[fit], labels[fit])
    inverse = np.linalg.inv(lda.covariance_)
    return np.array([(row - lda.means_[y]) @ inverse @ (row - lda.means_[y]) for row, y in zip(x, labels, strict=True)])


def test_md_and_kmeans_have_rmd_s_reduction_beside_their_plain_forms() -> None:
    x, labels, fit = data(400, 150)  # more than 128 dimensions and fewer than 20 rows for each: RMD reduces to 128
    inputs = Inputs(labels=labels, n_classes=3, fit=fit, features=x)
    plain, smaller = md(inputs, ridge=0)
    assert (plain.name, smaller.name) == ("md", "md_pca")
    assert (plain.parameters["components"], smaller.parameters["components"]) == (None, 128)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(plain.values, distances(wide, labels, fit), rtol=2e-3)
    turned = PCA(128, svd_solver="full").fit(wide[fit]).transform(wide)
    np.testing.assert_allclose(smaller.values, distances(turned, labels, fit), rtol=2e-3)
    assert [column.name for column in kmeans(inputs)] == ["kmeans", "kmeans_pca"]


def test_kmeans_is_given_the_principal_components_of_the_training_images() -> None:
    x, _, fit = data(200, 6)
    theirs = PCA(3, svd_solver="full").fit(x[fit]).transform(x)
    np.testing.assert_allclose(np.abs(reduced(x, fit, 3)), np.abs(theirs), atol=1e-4)


@pytest.mark.parametrize("scorer", [md, kmeans])
def test_where_rmd_reduces_nothing_there_is_the_plain_form_alone(scorer: object) -> None:
    x, labels, fit = data(300, 6)
    assert callable(scorer)
    assert len(scorer(Inputs(labels=labels, n_classes=3, fit=fit, features=x))) == 1
