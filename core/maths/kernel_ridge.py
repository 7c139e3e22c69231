"""Kernel ridge regression on landmarks, with every fitted row's prediction by all the others in closed form.

The kernel lives in the span of a few landmark rows, so that a fit costs n m^2 and not n^3. Landmarks are chosen
without looking at labels; leaving a row out is therefore exact: its prediction moves by its own leverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from ..types import Bools, Floats

LANDMARKS = 2000
BASIS_ENTRIES = 250_000_000  # 1 GB of float32: beyond 125,000 rows there are fewer landmarks
SHARPNESS = 2.0  # of the kernel, in units of the median squared distance
PENALTIES = np.geomspace(0.1, 30.0, 9)
ROWS_AT_ONCE = 4096
KEPT = 1e-6  # directions of the kernel below this share of the largest are rounding


@dataclass(frozen=True)
class KernelBasis:
    """Rows in the kernel's own coordinates, orthogonal over the fitted rows.

    rows: (n, r) float32. spread: (r,) sum of squares of each coordinate over the fitted rows. fit: (n,) bool.
    """

    rows: Floats
    spread: Floats
    fit: Bools


def kernel_basis(features: Floats, fit: Bools, keys: NDArray[np.uint64]) -> KernelBasis:
    """Coordinates of exp(-2 |x - l|^2 / median) for landmarks l drawn from the fitted rows.

    features: (n, d) float, already scaled as distances should be measured. keys: (n,) of `folds.row_keys`, by which
    landmarks are drawn: of the vectors as they are stored. Those of anything computed from them would hang on its
    rounding, and so on the processor and on which other rows there are. Williams & Seeger 2001 (the Nystroem method).
    """
    features = np.asarray(features, np.float32)
    distinct, first = np.unique(np.where(fit, keys, 0), return_index=True)
    candidates = first[distinct > 0] if not fit.all() else first
    landmarks = features[candidates[: min(LANDMARKS, max(BASIS_ENTRIES // len(features), 1))]]
    distance = _square_distances(features[fit], landmarks)
    scale = float(np.median(distance)) or 1.0  # 0 where all rows are equal, and then any scale will do
    del distance  # as large as the basis
    wide = landmarks.astype(np.float64)
    among = _square_distances(wide, wide)
    np.fill_diagonal(among, 0.0)
    size, direction = eigh(np.exp(among * (-SHARPNESS / scale)))
    kept = size > KEPT * size[-1]
    # In float64: a small direction is divided by the root of its size, up to a thousandth, and rounding with it.
    projection = direction[:, kept] / np.sqrt(size[kept])
    coordinates = np.empty((len(features), projection.shape[1]), np.float32)
    for start in range(0, len(features), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        kernel = np.exp(_square_distances(features[rows].astype(np.float64), wide) * (-SHARPNESS / scale))
        coordinates[rows] = kernel @ projection
    # A constant beside them, so that the targets need no mean taken off, which would hear the row left out.
    coordinates = np.column_stack([coordinates, np.ones(len(features), np.float32)])
    spread, rotation = eigh((coordinates[fit].T @ coordinates[fit]).astype(np.float64))
    return KernelBasis(coordinates @ rotation.astype(np.float32), np.maximum(spread, 0.0), fit)


def leave_one_out(basis: KernelBasis, targets: Floats) -> Floats:
    """Regression of the targets, (n, K) float: fitted rows each by all others, other rows by the fitted ones.

    targets: (n, K) float, read on fitted rows only. The penalty is the one of nine that predicts the fitted rows
    best when each is left out, so noisier labels are smoothed more. Returns (n, K) float64.
    """
    fit = basis.fit
    known = targets[fit].astype(np.float32)
    loading = basis.rows[fit].T @ known
    best, best_error = np.zeros(targets.shape), np.inf
    for penalty in PENALTIES:
        shrunk = (1.0 / (basis.spread + penalty)).astype(np.float32)
        predicted = (basis.rows @ (shrunk[:, None] * loading)).astype(np.float64)
        leverage = (np.square(basis.rows[fit]) @ shrunk).astype(np.float64)[:, None]
        predicted[fit] = (predicted[fit] - leverage * known) / np.maximum(1.0 - leverage, 1e-6)
        error = float(np.mean((predicted[fit] - known) ** 2))
        if error < best_error:
            best, best_error = predicted, error
    return best


def _square_distances(points: Floats, others: Floats) -> Floats:
    """(n, m) squared Euclidean distances of (n, d) to (m, d), in their precision; 0 or more."""
    distance = points @ (-2.0 * others.T)
    distance += np.einsum("nd,nd->n", points, points)[:, None]
    distance += np.einsum("md,md->m", others, others)
    return np.maximum(distance, 0.0, out=distance)
