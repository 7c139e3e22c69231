"""RMD as a scorer: what is fitted on what, and what the columns say of wrong labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, MissingRun, TooFewRows
from core.maths.folds import stratified_folds
from core.maths.gaussians import fit_gaussians, own_class_distance
from core.maths.moments import Sums, accumulate
from core.maths.vectors import Vectors
from core.scorers.inputs import Inputs
from core.scorers.md import mahalanobis
from core.scorers.rmd import relative_mahalanobis, resolve_pca, rmd
from core.scorers.rmd_variants import augmented_relative_mahalanobis, augmented_rmd
from core.types import Bools, Floats, Ints, ScoreColumn
from tests.metrics.oracles import auroc

SEPARATED = 4.0


def blobs(n: int = 300, d: int = 6, k: int = 3, seed: int = 0) -> tuple[Floats, Ints]:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    return (SEPARATED * np.eye(k, d)[y] + rng.normal(size=(n, d))).astype(np.float32), y


def columns(inputs: Inputs, **parameters: object) -> dict[str, ScoreColumn]:
    return {column.name: column for column in rmd(inputs, **parameters)}


@pytest.fixture
def inputs() -> Inputs:
    x, y = blobs()
    return Inputs(y, 3, np.arange(300) < 240, features=x)


def test_worked_by_hand() -> None:
    # Class means 0 and 4, variance within 1; mean 2, variance 5: 1 - 9/5, 1 - 1/5.
    x, y = np.array([[-1.0], [1.0], [3.0], [5.0]]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(relative_mahalanobis(x, y, 2, ridge=0), [-0.8, 0.8, 0.8, -0.8], rtol=1e-6)
    np.testing.assert_allclose(mahalanobis(x, y, 2, ridge=0), [1, 1, 1, 1], rtol=1e-6)


def test_out_of_fold_equals_fitting_again_without_the_fold(inputs: Inputs) -> None:
    x, y, fit = inputs.features, inputs.labels, inputs.fit
    assert isinstance(x, np.ndarray)
    fold = stratified_folds(x, y, fit)
    expected = relative_mahalanobis(x, y, 3, fit=fit)
    for f in range(5):
        gaussians = fit_gaussians(x[fit & (fold != f)], y[fit & (fold != f)], 3)
        expected[fold == f] = own_class_distance(gaussians, x[fold == f], y[fold == f], relative=True)
    found = columns(inputs)
    np.testing.assert_allclose(found["rmd_oof"].values, expected, atol=1e-3)
    np.testing.assert_array_equal(found["rmd"].values, relative_mahalanobis(x, y, 3, fit=fit))
    np.testing.assert_allclose(found["rmd"].values[~fit], found["rmd_oof"].values[~fit], atol=1e-4)


def test_out_of_fold_and_held_out_scores_share_an_axis() -> None:
    # Few rows per dimension: the fit set flatters itself, its out-of-fold twin does not.
    x, y = blobs(n=400, d=40)
    fit = np.arange(400) < 200
    found = columns(Inputs(y, 3, fit, features=x), pca=None)
    gap = {name: abs(found[name].values[fit].mean() - found[name].values[~fit].mean()) for name in ("rmd", "rmd_oof")}
    assert gap["rmd_oof"] < 0.6 * gap["rmd"]


def test_margin_is_own_class_less_nearest_other_and_suggests_the_nearest(inputs: Inputs) -> None:
    wrong = np.arange(300) % 10 == 0
    labels = np.where(wrong, (inputs.labels + 1) % 3, inputs.labels)
    found = columns(replace(inputs, labels=labels))
    margin, nearest = found["rmd_margin"], found["rmd_nearest"]
    assert auroc(margin.values, wrong) > 0.99
    assert margin.suggested_label is not None
    assert (margin.suggested_label[wrong] == inputs.labels[wrong]).mean() > 0.95
    assert (margin.suggested_label != labels).all()
    for column in (margin, nearest, found["rmd_oof"]):
        np.testing.assert_array_equal(column.doubted, margin.values > 0)
    # Where the own class is nearest, own and nearest distance are one; elsewhere they differ by the margin.
    own = found["rmd_oof"].values
    np.testing.assert_allclose(own - nearest.values, np.maximum(margin.values, 0), atol=2e-3)


def test_one_fit_where_out_of_fold_is_off(inputs: Inputs) -> None:
    found = columns(inputs, out_of_fold=False)
    assert set(found) == {"rmd", "rmd_nearest", "rmd_margin"}
    assert "folds" not in found["rmd_margin"].fitted_on


def test_without_the_comparison_of_classes_the_other_columns_are_the_same(inputs: Inputs) -> None:
    both, alone = columns(inputs), columns(inputs, margin=False)
    assert set(alone) == {"rmd", "rmd_oof"}
    for name in alone:
        np.testing.assert_array_equal(alone[name].values, both[name].values)
        assert alone[name].suggested_label is None


class OnlyBlocks(Vectors):
    """Vectors that are never in one array."""

    def __init__(self, array: Floats) -> None:
        self._array, self.shape = array, (len(array), array.shape[1])

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        for start in range(0, len(self), 37):
            rows = slice(start, min(start + 37, len(self)))
            yield rows, self._array[rows].copy()

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Floats:
        raise AssertionError("all vectors were asked for at once")


@pytest.mark.parametrize("parameters", [{}, {"out_of_fold": False}, {"pca": 4}, {"margin": False}])
def test_vectors_read_in_blocks_are_scored_as_an_array_is(inputs: Inputs, parameters: dict[str, object]) -> None:
    assert isinstance(inputs.features, np.ndarray)
    labels = np.where(np.arange(300) < 40, -1, inputs.labels)  # the first block has nothing to fit on
    expected = columns(replace(inputs, labels=labels), **parameters)
    found = columns(replace(inputs, labels=labels, features=OnlyBlocks(inputs.features)), **parameters)
    assert found.keys() == expected.keys()
    for name, column in expected.items():
        np.testing.assert_allclose(found[name].values, column.values, rtol=1e-6, atol=1e-5, err_msg=name)
        assert found[name].reason == column.reason


def test_unlabelled_rows_and_absent_classes(inputs: Inputs) -> None:
    labels = inputs.labels.copy()
    labels[[0, 299]] = -1
    labels[1], labels[298] = 3, 4  # one training image of class 3; class 4 is only held out
    found = columns(replace(inputs, labels=labels, n_classes=5))
    for name, missing in (("rmd", [0, 1, 298, 299]), ("rmd_oof", [0, 1, 298, 299]), ("rmd_margin", [0, 1, 298, 299])):
        assert np.flatnonzero(np.isnan(found[name].values)).tolist() == missing
    assert found["rmd_oof"].reason == "2 unlabelled; 2 whose class has no other image to learn from"
    assert np.isfinite(found["rmd_nearest"].values).all()
    assert found["rmd_nearest"].suggested_label is not None
    assert set(found["rmd_nearest"].suggested_label[[0, 299]]) <= {0, 1, 2}


def test_duplicates_of_one_image_never_vouch_for_each_other() -> None:
    x, y = blobs()
    x[:9:3], y[:9:3] = x[0], 1  # three copies, of class 0 by their vector, of class 1 by their label
    alone = columns(Inputs(y, 3, np.arange(300) > 5, features=x))["rmd_oof"].values[6]
    together = columns(Inputs(y, 3, np.ones(300, bool), features=x))["rmd_oof"].values[6]
    assert together == pytest.approx(alone, rel=0.1)


def test_auto_reduces_only_where_rows_are_few() -> None:
    assert resolve_pca("auto", 20 * 512 - 1, 512) == 128
    assert resolve_pca("auto", 20 * 512, 512) is None
    assert resolve_pca("auto", 10, 128) is None
    assert resolve_pca(0.99, 10, 128) == 0.99
    with pytest.raises(BadInput, match="pca is 'most'"):
        resolve_pca("most", 10, 128)


def passes(x: Floats, noise: float, runs: int = 5) -> list[Floats]:
    rng = np.random.default_rng(1)
    return [x + noise * rng.normal(size=x.shape).astype(np.float32) for _ in range(runs)]


def summed(augmented: Sequence[Floats], labels: Ints) -> list[Sums]:
    return [accumulate(one, labels, 3, np.zeros(one.shape[1])) for one in augmented]


def test_pooled_passes_are_one_fit_to_all_of_them() -> None:
    x, y = blobs()
    augmented = passes(x, 0.5)
    score, spread = augmented_relative_mahalanobis(summed(augmented, y), x, y)
    stacked = fit_gaussians(np.concatenate(augmented), np.tile(y, 5), 3)
    np.testing.assert_allclose(score, own_class_distance(stacked, x, y, relative=True), atol=1e-4)
    single = [own_class_distance(fit_gaussians(one, y, 3), x, y, relative=True) for one in augmented]
    np.testing.assert_allclose(spread, np.std(single, axis=0, ddof=1), atol=1e-4)


def test_equal_passes_have_no_spread() -> None:
    x, y = blobs()
    score, spread = augmented_relative_mahalanobis(summed(passes(x, 0.0), y), x, y)
    np.testing.assert_allclose(score, relative_mahalanobis(x, y, 3), atol=1e-4)
    assert not spread.any()
    with pytest.raises(TooFewRows, match="there are 1"):
        augmented_relative_mahalanobis(summed([x], y), x, y)


def test_views_of_the_scored_image_are_averaged_beside_the_plain_score() -> None:
    x, y = blobs()
    sums, rng = summed(passes(x, 0.5), y), np.random.default_rng(2)
    views = rng.normal(size=(len(x), 5)).astype(np.float32)
    views[7, 2] = np.nan  # a file that went bad between two passes
    inputs = Inputs(y, 3, np.ones(len(x), bool), features=x, augmented_sums=sums, view_distances=views)
    found = {column.name: column for column in augmented_rmd(inputs, score_augmented=True)}
    plain = {column.name: column for column in augmented_rmd(inputs)}
    assert set(plain) == {"augmented_rmd", "augmented_rmd_spread"}
    for name in plain:
        np.testing.assert_array_equal(found[name].values, plain[name].values)
    np.testing.assert_allclose(found["augmented_rmd_views"].values, views.mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(found["augmented_rmd_views_spread"].values, views.std(axis=1, ddof=1), atol=1e-6)
    assert np.isnan(found["augmented_rmd_views"].values[7])
    assert (found["augmented_rmd_views"].direction, found["augmented_rmd_views_spread"].direction) == (1, None)
    with pytest.raises(MissingRun, match="score_augmented=true"):
        augmented_rmd(replace(inputs, view_distances=None), score_augmented=True)


SHARED = Path(__file__).parents[3] / "shared" / "data" / "cifar10n-train-10k.npz"


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared CIFAR-10N sample")
def test_people_s_wrong_labels_lie_above_right_ones() -> None:
    # Raw 8 × 8 grey pixels are poor features; even so the order is far from chance. Embeddings reach 0.94.
    data = np.load(SHARED)
    grey = data["x"].mean(axis=3).reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64).astype(np.float32)
    labels, wrong = data["worse_label"].astype(int), data["worse_label"] != data["clean_label"]
    everything: Bools = np.ones(len(labels), bool)
    found = columns(Inputs(labels, 10, everything, features=grey))
    assert auroc(found["rmd_oof"].values, wrong) > 0.58
