"""Gaussians: worked by hand, against a plain float64 loop and scikit-learn, and the identities they must obey."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA

from core.errors import BadInput
from core.maths.gaussians import (
    Gaussians,
    class_distances,
    fit_gaussians,
    fit_pca,
    gaussians_from,
    own_class_distance,
)
from core.maths.moments import accumulate, pilot_shift, pooled
from core.types import Floats, Ints

Float64s = NDArray[np.float64]


def md(gaussians: Gaussians, x: Floats, y: Ints) -> Floats:
    return own_class_distance(gaussians, x, y, relative=False, dtype=np.float64)


def rmd(gaussians: Gaussians, x: Floats, y: Ints) -> Floats:
    return own_class_distance(gaussians, x, y, relative=True, dtype=np.float64)


def clusters(seed: int, n: int, d: int, k: int, *, far: float = 0.0) -> tuple[Float64s, Ints]:
    """Correlated clusters, every class with at least one row; `far` moves them away from the origin."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 2 * rng.normal(size=(k, d))[y] + far, y


def by_the_paper(x: Float64s, y: Ints, ridge: float) -> tuple[Float64s, Float64s]:
    """MD and MD_agn as section 3 writes them: two full covariances, a loop over rows."""
    d = x.shape[1]
    means = {int(c): x[y == c].mean(axis=0) for c in np.unique(y)}
    within = sum(np.outer(z - means[int(c)], z - means[int(c)]) for z, c in zip(x, y, strict=True)) / len(x)
    mean = x.mean(axis=0)
    overall = sum(np.outer(z - mean, z - mean) for z in x) / len(x)
    amount = ridge * np.trace(within) / d * np.eye(d)
    own = [(z - means[int(c)]) @ np.linalg.solve(within + amount, z - means[int(c)]) for z, c in zip(x, y, strict=True)]
    return np.array(own), np.array([(z - mean) @ np.linalg.solve(overall + amount, z - mean) for z in x])


problems = st.tuples(
    st.integers(0, 10**6), st.integers(60, 120), st.integers(1, 8), st.integers(1, 12)
)  # seed, n, d, K: fewer classes than dimensions and more


def background(gaussians: Gaussians, x: Floats) -> Float64s:
    """(n,) squared Mahalanobis distance to the Gaussian of all rows, MD_agn."""
    weight = np.ones(gaussians.directions.shape[1])
    weight[: gaussians.rank] /= 1.0 + gaussians.spread
    return np.asarray(np.square((x - gaussians.mean) @ gaussians.directions) @ weight)


def test_worked_by_hand() -> None:
    # Class means 0 and 4, variance within (1+1+1+1)/4 = 1: MD = 1 for each. Mean of all 2, variance (9+1+1+9)/4 = 5:
    # MD_agn = 9/5, 1/5, 1/5, 9/5. RMD = 1 - 1.8, 1 - 0.2, ...
    x, y = np.array([[-1.0], [1.0], [3.0], [5.0]]), np.array([0, 0, 1, 1])
    gaussians = fit_gaussians(x, y, 2, ridge=0)
    np.testing.assert_allclose(md(gaussians, x, y), [1, 1, 1, 1])
    np.testing.assert_allclose(background(gaussians, x), [1.8, 0.2, 0.2, 1.8])
    np.testing.assert_allclose(rmd(gaussians, x, y), [-0.8, 0.8, 0.8, -0.8])


def test_ridge_worked_by_hand() -> None:
    # Ridge 1 adds 1 · (trace 1 / 1 dimension) = 1 to both variances: 1/2 - 9/6 and 1/2 - 1/6.
    x, y = np.array([[-1.0], [1.0], [3.0], [5.0]]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(rmd(fit_gaussians(x, y, 2, ridge=1), x, y), [-1, 1 / 3, 1 / 3, -1])


@given(problems, st.sampled_from([0.0, 1e-3, 0.5]))
@settings(max_examples=40, deadline=None)
def test_the_low_rank_form_equals_the_paper(problem: tuple[int, int, int, int], ridge: float) -> None:
    x, y = clusters(*problem)
    gaussians = fit_gaussians(x, y, problem[3], ridge=ridge)
    own, of_all = by_the_paper(x, y, ridge)
    np.testing.assert_allclose(md(gaussians, x, y), own, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(background(gaussians, x), of_all, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(rmd(gaussians, x, y), own - of_all, rtol=1e-8, atol=1e-8)


@given(problems)
@example((238, 87, 3, 3))  # its covariance has a condition of 4e7
@settings(max_examples=40, deadline=None)
def test_means_over_the_fitting_set_are_d_d_and_0(problem: tuple[int, int, int, int]) -> None:
    x, y = clusters(*problem)
    d, gaussians = problem[2], fit_gaussians(x, y, problem[3], ridge=0)
    means = np.array([x[y == c].mean(axis=0) for c in range(problem[3])])
    rounding = 16 * np.finfo(np.float64).eps * np.linalg.cond(np.atleast_2d(np.cov(x - means[y], rowvar=False)))
    allowed = max(1e-8, rounding)
    assert md(gaussians, x, y).mean() == pytest.approx(d, abs=allowed)
    assert background(gaussians, x).mean() == pytest.approx(d, abs=allowed)
    assert rmd(gaussians, x, y).mean() == pytest.approx(0, abs=allowed)


@given(problems)
@settings(max_examples=40, deadline=None)
def test_invertible_affine_maps_change_nothing(problem: tuple[int, int, int, int]) -> None:
    x, y = clusters(*problem)
    rng = np.random.default_rng(problem[0])
    rotation, _ = np.linalg.qr(rng.normal(size=(problem[2], problem[2])))
    moved = x @ (rotation * rng.uniform(0.3, 3, problem[2])) + rng.normal(size=problem[2])
    before, after = (rmd(fit_gaussians(z, y, problem[3], ridge=0), z, y) for z in (x, moved))
    np.testing.assert_allclose(after, before, rtol=1e-7, atol=1e-7)


@given(problems)
@settings(max_examples=25, deadline=None)
def test_rmd_of_a_class_has_a_floor(problem: tuple[int, int, int, int]) -> None:
    # From the low-rank form: with K-1 directions RMD(x, k) = |v - c|² + 1 - N/N_k for some v and c.
    x, y = clusters(*problem)
    gaussians = fit_gaussians(x, y, problem[3], ridge=0)
    for _, _, distances in class_distances(gaussians, 100 * x, y, dtype=np.float64):
        assert (distances >= 1 - len(y) / np.bincount(y) - 1e-6).all()


def test_one_class_gives_zero() -> None:
    x, y = clusters(0, 50, 4, 1)
    assert not rmd(fit_gaussians(x, y, 1), x, y).any()


def test_all_class_distances_hold_the_own_class_and_absent_classes_are_nan() -> None:
    x, y = clusters(1, 90, 6, 4)
    gaussians = fit_gaussians(x, y, 6)  # classes 4 and 5 have no row
    (_, own, everything), *more = class_distances(gaussians, x, y, dtype=np.float64)
    assert not more
    np.testing.assert_array_equal(own, own_class_distance(gaussians, x, y, relative=True, dtype=np.float64))
    np.testing.assert_allclose(everything[np.arange(90), y], rmd(gaussians, x, y), rtol=1e-9, atol=1e-9)
    assert np.isnan(everything[:, 4:]).all()
    assert np.isfinite(everything[:, :4]).all()
    assert np.isnan(rmd(gaussians, x[:3], np.array([4, 5, -1]))).all()


def test_float32_agrees_with_float64_far_from_the_origin() -> None:
    x, y = clusters(2, 400, 20, 5, far=3000.0)
    x32 = x.astype(np.float32)
    gaussians = fit_gaussians(x32, y, 5)
    single = own_class_distance(gaussians, x32, y, relative=True)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, rmd(gaussians, x32, y), atol=2e-4)


def test_mahalanobis_agrees_with_scikit_learn() -> None:
    x, y = clusters(3, 300, 10, 4)
    means = np.stack([x[y == k].mean(axis=0) for k in range(4)])
    reference = EmpiricalCovariance(assume_centered=True).fit(x - means[y]).mahalanobis(x - means[y])
    np.testing.assert_allclose(md(fit_gaussians(x, y, 4, ridge=0), x, y), reference, rtol=1e-9)


@given(st.integers(0, 10**6), st.lists(st.integers(1, 59), max_size=4))
@settings(max_examples=30, deadline=None)
def test_sums_of_parts_are_the_sums_of_the_whole(seed: int, cuts: list[int]) -> None:
    x, y = clusters(seed, 60, 5, 3)
    shift = pilot_shift(x)
    whole = accumulate(x, y, 3, shift)
    edges = [0, *sorted(cuts), 60]
    parts = [accumulate(x[a:b], y[a:b], 3, shift) for a, b in pairwise(edges)]
    added, taken = pooled(parts), whole - parts[0]
    rest = accumulate(x[edges[1] :], y[edges[1] :], 3, shift)
    for left, right in ((added, whole), (taken, rest)):
        np.testing.assert_array_equal(left.counts, right.counts)
        np.testing.assert_allclose(left.totals, right.totals, atol=1e-9)
        np.testing.assert_allclose(left.scatter, right.scatter, atol=1e-9)


def test_many_chunks_are_as_one() -> None:
    x, y = clusters(4, 5000, 3, 7)
    shift = np.zeros(3)
    sums = accumulate(x, y, 7, shift)
    np.testing.assert_allclose(sums.scatter, x.T @ x, rtol=1e-12)
    np.testing.assert_allclose(sums.totals, [x[y == k].sum(axis=0) for k in range(7)], rtol=1e-9)
    long = np.concatenate([x, x])
    gaussians = gaussians_from(sums)
    np.testing.assert_array_equal(rmd(gaussians, long, np.concatenate([y, y]))[5000:], rmd(gaussians, x, y))


def test_sums_about_different_shifts_do_not_add() -> None:
    x, y = clusters(5, 20, 2, 2)
    with pytest.raises(ValueError, match="pilot shift"):
        accumulate(x, y, 2, np.zeros(2)) + accumulate(x, y, 2, np.ones(2))


def test_pca_agrees_with_scikit_learn_and_composes() -> None:
    x, y = clusters(6, 200, 12, 3, far=5.0)
    sums = accumulate(x, y, 3, pilot_shift(x))
    basis, reference = fit_pca(sums, 4), PCA(4).fit(x)
    np.testing.assert_allclose(np.abs(basis.T @ reference.components_.T), np.eye(4), atol=1e-9)
    assert (np.take_along_axis(basis, np.abs(basis).argmax(axis=0)[None], 0) > 0).all()
    reduced = x @ basis
    np.testing.assert_allclose(
        rmd(fit_gaussians(x, y, 3, pca=4), x, y), rmd(fit_gaussians(reduced, y, 3), reduced, y), atol=1e-9
    )


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_pca_by_share_keeps_just_enough_variance(share: float) -> None:
    x, y = clusters(7, 200, 12, 3)
    kept = fit_pca(accumulate(x, y, 3, pilot_shift(x)), share).shape[1]
    cumulative = np.cumsum(PCA().fit(x).explained_variance_ratio_)
    assert cumulative[kept - 1] >= share
    assert kept == 1 or cumulative[kept - 2] < share


@pytest.mark.parametrize("components", [0, -3, 0.0, 1.0, 1.5])
def test_pca_refuses_what_is_no_number_of_components(components: int | float) -> None:
    x, y = clusters(8, 40, 3, 2)
    with pytest.raises(BadInput, match="pca is"):
        fit_gaussians(x, y, 2, pca=components)


def nothing_varies() -> tuple[Floats, Ints]:
    return np.full((10, 3), 0.1, np.float32), np.arange(10) % 2


def one_image_per_class() -> tuple[Floats, Ints]:
    return np.random.default_rng(0).normal(size=(6, 3)), np.arange(6)


def classes_are_points() -> tuple[Floats, Ints]:
    y = np.arange(12) % 3
    return np.random.default_rng(0).normal(size=(3, 4))[y], y


@pytest.mark.parametrize("data", [nothing_varies, one_image_per_class, classes_are_points])
@pytest.mark.parametrize("pca", [None, 2])
def test_no_spread_within_classes_is_refused(data: Any, pca: int | None) -> None:
    x, y = data()
    with pytest.raises(BadInput, match="do not vary within any class"):
        fit_gaussians(x, y, 12, pca=pca)


def test_more_dimensions_than_images_need_a_ridge_or_pca() -> None:
    x, y = clusters(9, 20, 30, 2)
    with pytest.raises(BadInput, match="30 dimensions is singular: 20 images, 2 classes"):
        fit_gaussians(x, y, 2, ridge=0)
    own, background = by_the_paper(x, y, 1e-3)
    np.testing.assert_allclose(rmd(fit_gaussians(x, y, 2), x, y), own - background, atol=1e-6)
    assert np.isfinite(rmd(fit_gaussians(x, y, 2, ridge=0, pca=5), x, y)).all()


def test_a_repeated_dimension_is_singular_not_a_number() -> None:
    x, y = clusters(10, 200, 3, 2)
    with pytest.raises(BadInput, match="singular"):
        fit_gaussians(np.concatenate([x, x[:, :1]], axis=1), y, 2, ridge=0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_counted(bad: float) -> None:
    x, y = clusters(11, 30, 3, 2)
    x[[7, 9], 1] = bad
    with pytest.raises(BadInput, match="2 rows of features are not finite, the first is row 7"):
        fit_gaussians(x, y, 2)
    y[[7, 9]] = -1  # unlabelled rows are not fitted on
    gaussians = fit_gaussians(x, y, 2)
    assert np.isnan(rmd(gaussians, x, y)).tolist() == [row in (7, 9) for row in range(30)]


def test_labels_are_checked() -> None:
    x, y = clusters(12, 30, 3, 2)
    with pytest.raises(BadInput, match="Label 1 is not below the number of classes, 1"):
        fit_gaussians(x, y, 1)
    with pytest.raises(BadInput, match="30 feature rows and 29 labels"):
        fit_gaussians(x, y[:-1], 2)
    with pytest.raises(BadInput, match="No labelled image"):
        fit_gaussians(x, np.full(30, -1), 2)
