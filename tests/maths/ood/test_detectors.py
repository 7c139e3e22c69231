"""Each detector against independent code and on planted rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from sklearn.neighbors import KernelDensity

from core.maths.gaussians import fit_gaussians
from core.maths.ood.density import log_density
from core.maths.ood.energy import negative_energy
from core.maths.ood.mahalanobis import nearest_class_distance
from core.maths.ood.neighbor_distance import neighbor_distance
from core.maths.ood.reconstruction import reconstruction_error
from core.types import Floats, Ints

DRAW = np.random.default_rng(0)
CENTRES = DRAW.normal(size=(4, 12)) * 3
LABELS: Ints = np.repeat(np.arange(4), 30)
FITTED: Floats = CENTRES[LABELS] + DRAW.normal(size=(120, 12)) @ np.diag(np.linspace(0.3, 2, 12))
QUERIES: Floats = DRAW.normal(size=(50, 12)) * 3


def test_energy_is_the_log_sum_exp_of_the_logits_also_from_what_is_stored_of_them() -> None:
    logits = DRAW.normal(size=(200, 7)) * 8
    largest, confidence = logits.max(axis=1), softmax(logits, axis=1).max(axis=1)
    np.testing.assert_allclose(negative_energy(largest, confidence), logsumexp(logits, axis=1), rtol=1e-9)
    stored = negative_energy(largest.astype(np.float32), confidence.astype(np.float32))
    np.testing.assert_allclose(stored, logsumexp(logits, axis=1), rtol=1e-6, atol=1e-6)


def test_mahalanobis_is_the_least_of_the_distances_written_out() -> None:
    gaussians = fit_gaussians(FITTED, LABELS, 6, ridge=0.01)  # two classes without a row
    of_class = FITTED.reshape(4, 30, 12)
    means = of_class.mean(axis=1)
    within = sum((rows - mean).T @ (rows - mean) for rows, mean in zip(of_class, means, strict=True)) / 120
    inverse = np.linalg.inv(within + gaussians.ridge * np.eye(12))
    every = [np.einsum("ij,jk,ik->i", QUERIES - mean, inverse, QUERIES - mean) for mean in means]
    np.testing.assert_allclose(nearest_class_distance(gaussians, QUERIES), np.min(every, axis=0), rtol=1e-9)


def test_the_kth_neighbor_is_that_of_all_distances_sorted() -> None:
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (FITTED, QUERIES)]
    every = np.sort(np.linalg.norm(unit[1][:, None] - unit[0], axis=2), axis=1)
    for k in (1, 7, 120):
        np.testing.assert_allclose(neighbor_distance(FITTED, QUERIES, k), every[:, k - 1], atol=1e-9)
    copies = neighbor_distance(FITTED, FITTED[:5] * 3, 1)  # to rounding, which the square root of a difference has
    np.testing.assert_allclose(copies, 0, atol=1e-6)
    assert neighbor_distance(FITTED, np.zeros((1, 12)), 1) == pytest.approx(1)


def test_density_is_that_of_scikit_learn_in_standardised_columns() -> None:
    constant = np.full((120, 1), 4.0)
    fitted, queries = np.hstack([FITTED, constant]), np.hstack([QUERIES, constant[:50] + 1])
    mean, sd = FITTED.mean(axis=0), FITTED.std(axis=0)
    # One leaf: the bounds by which it descends its trees cost up to a thousandth of the logarithm in twelve columns.
    theirs = KernelDensity(bandwidth=120 ** (-1 / 16), leaf_size=1000).fit((FITTED - mean) / sd)
    np.testing.assert_allclose(log_density(fitted, queries), theirs.score_samples((QUERIES - mean) / sd), rtol=1e-9)


def test_reconstruction_error_is_what_the_singular_vectors_leave() -> None:
    mean = FITTED.mean(axis=0)
    _, strength, axes = np.linalg.svd(FITTED - mean)
    kept = 1 + int(np.searchsorted(np.cumsum(strength**2) / np.sum(strength**2), 0.9))
    rest = (QUERIES - mean) @ axes[kept:].T
    np.testing.assert_allclose(reconstruction_error(FITTED, QUERIES, 0.9), np.square(rest).sum(axis=1), rtol=1e-9)


@pytest.mark.parametrize("shift", [0.0, 12.0])
def test_each_is_high_for_rows_apart_and_tells_nothing_of_rows_like_the_fitted(shift: float) -> None:
    draw = np.random.default_rng(1)
    basis = np.linalg.qr(draw.normal(size=(20, 20)))[0]
    spread = np.r_[np.full(6, 2.0), np.full(14, 0.3)]

    def like_fitted(n: int) -> Floats:
        return np.asarray(4.0 + (draw.normal(size=(n, 20)) * spread) @ basis)

    fitted, familiar, others = like_fitted(400), like_fitted(200), like_fitted(200) + shift * basis[-1]
    gaussians = fit_gaussians(fitted, np.arange(400) % 2, 2)
    distances: dict[str, Callable[[Floats], Floats]] = {
        "Mahalanobis": lambda rows: nearest_class_distance(gaussians, rows),
        "kNN": lambda rows: neighbor_distance(fitted, rows, 10),
        "KDE": lambda rows: -log_density(fitted, rows),
        "PCA": lambda rows: reconstruction_error(fitted, rows, 0.9),
    }
    for name, distance in distances.items():
        above = (distance(others)[:, None] > distance(familiar)).mean()
        assert above > 0.99 if shift else abs(above - 0.5) < 0.07, (name, above)
