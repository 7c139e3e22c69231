from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.maths.evidence import (
    all_evidence,
    gaussian_evidence,
    neighbor_evidence,
    prepare,
    principal_components,
    signed_root,
)

RNG = np.random.default_rng(0)
LABELS = np.arange(120) % 3
FEATURES = (3 * np.eye(3, 6)[LABELS] + RNG.normal(size=(120, 6))).astype(np.float32)
ONE_HOT = np.eye(3)[LABELS]
ALL = np.ones(120, bool)


def test_the_root_keeps_the_sign() -> None:
    assert signed_root(np.array([-4.0, 0.0, 9.0])).tolist() == [-2, 0, 3]


def test_components_are_scikit_learns_up_to_sign() -> None:
    theirs = PCA(4, svd_solver="full").fit_transform(FEATURES)
    np.testing.assert_allclose(np.abs(principal_components(FEATURES, ALL, 4)), np.abs(theirs), atol=1e-4)


def test_gaussian_evidence_is_scikit_learns_discriminant_out_of_fold() -> None:
    fold = np.arange(120) % 5
    evidence = gaussian_evidence(FEATURES, ONE_HOT, fold, ALL)
    for f in range(5):
        model = LinearDiscriminantAnalysis(solver="lsqr").fit(FEATURES[fold != f], LABELS[fold != f])
        theirs = model.decision_function(FEATURES[fold == f])
        ours = evidence[fold == f]
        # Ours has a ridge of a thousandth; only differences between classes mean anything.
        np.testing.assert_allclose(ours - ours[:, :1], theirs - theirs[:, :1], rtol=0.02, atol=0.05)


def test_neighbour_evidence_worked_by_hand() -> None:
    # Two neighbours of class 0, one of class 1, one missing: (2.5, 1.5) / (3 + 1).
    targets = np.array([[1.0, 0], [1, 0], [0, 1]])
    evidence = neighbor_evidence(np.array([[0, 1, 2, -1]]), targets)
    np.testing.assert_allclose(np.exp(evidence), [[2.5 / 4, 1.5 / 4]])


def test_no_view_hears_an_images_own_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.maths.kernel_ridge.PENALTIES", [1.0])  # choosing among nine hears all rows
    views = prepare(FEATURES, LABELS, ALL)
    turned = ONE_HOT.copy()
    turned[5] = np.roll(turned[5], 1)
    before, after = all_evidence(views, ONE_HOT), all_evidence(views, turned)
    np.testing.assert_allclose(after["kernel"][5], before["kernel"][5], atol=1e-5)
    np.testing.assert_array_equal(after["rmd"][5], before["rmd"][5])
    np.testing.assert_array_equal(after["knn"][5], before["knn"][5])


def test_rows_outside_the_fit_are_judged_by_the_fit() -> None:
    fit = np.arange(120) < 90
    views = prepare(FEATURES, LABELS, fit)
    for evidence in all_evidence(views, np.where(fit[:, None], ONE_HOT, np.nan)).values():
        assert (evidence[~fit].argmax(axis=1) == LABELS[~fit]).mean() > 0.9
