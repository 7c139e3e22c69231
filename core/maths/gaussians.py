"""Class-conditional and class-agnostic Gaussians with one tied covariance, and the distances to them.

The class-agnostic covariance is the within-class one plus a between-class one of rank K-1 at most. So both are diagonal
in one basis: whiten by the first, then rotate to the second's principal axes (linear discriminant analysis). There
    MD(x, y) = |u - m_y|²        MD_agn(x) = sum_r u_r² / (1 + s_r²) + |rest of u|²        u = (z - mean) @ directions
and RMD = MD - MD_agn needs only the first `rank` directions, because the rest cancels exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.linalg import cholesky, eigh, get_lapack_funcs, solve_triangular, svd

from ..errors import BadInput, Degenerate
from ..types import UNLABELLED, Floats, Ints
from .arithmetic import NUMPY, Arithmetic
from .moments import Sums, accumulate, pilot_shift

Float64s = NDArray[np.float64]
DEFAULT_RIDGE = 1e-3
_condition = get_lapack_funcs("pocon", dtype=np.float64)


@dataclass(frozen=True)
class Gaussians:
    """K Gaussians with one covariance, and the one Gaussian of all rows, in the basis where both are diagonal.

    mean: (d,) of all rows. directions: (d, p) whitening map, the `rank` that tell classes apart first.
    centres: (K, rank) class means in that basis; NaN for a class with no row. spread: (rank,) s², the variance of class
    means along each direction in units of the variance within classes. counts: (K,) rows fitted on.
    ridge: the absolute amount that was added to the diagonal of both covariances.
    """

    mean: Float64s
    directions: Float64s
    centres: Float64s
    spread: Float64s
    counts: NDArray[np.int64]
    ridge: float

    @property
    def rank(self) -> int:
        """How many directions tell the classes apart: min(p, K-1) at most."""
        return len(self.spread)


def fit_gaussians(
    features: Floats, labels: Ints, n_classes: int, *, ridge: float = DEFAULT_RIDGE, pca: int | float | None = None
) -> Gaussians:
    """Fit to labelled rows held in memory. See `gaussians_from` for data that come in chunks.

    features: (n, d). labels: (n,) in 0..n_classes-1 or UNLABELLED. ridge: in units of the mean within-class variance.
    """
    return gaussians_from(accumulate(features, labels, n_classes, pilot_shift(features)), ridge=ridge, pca=pca)


def gaussians_from(sums: Sums, *, ridge: float = DEFAULT_RIDGE, pca: int | float | None = None) -> Gaussians:
    """The Gaussians of what was summed up. pca: see `fit_pca`; None keeps all d directions.

    Sigma + ridge·(tr Sigma / d)·I is used within classes and the same absolute amount for all rows. Raises BadInput
    where no covariance exists: no spread within classes, or, without a ridge, too few rows.
    Cui et al. 2023, section 3.
    """
    basis = None if pca is None else fit_pca(sums, pca)
    mean = sums.covariances()[0]
    mean_in_basis, offsets, within = (sums if basis is None else sums.mapped(basis)).covariances()
    absolute = ridge * float(np.trace(within)) / len(within)
    factor = _factorise(within, absolute, sums, mean_in_basis)
    weights = np.sqrt(sums.counts / sums.n)
    whitened = solve_triangular(factor, (offsets * weights[:, None]).T, lower=True)  # (p, K)
    p, n_classes = whitened.shape
    axes, strength, _ = svd(whitened, full_matrices=n_classes < p)  # the rotation has to be whole, the K side has not
    rank = int((strength > max(p, n_classes) * np.finfo(np.float64).eps * max(strength[0], 1.0)).sum())
    directions = solve_triangular(factor, axes, lower=True, trans="T")
    centres = offsets @ directions[:, :rank]
    centres[sums.counts == 0] = np.nan
    directions = directions if basis is None else basis @ directions
    return Gaussians(mean, directions, centres, strength[:rank] ** 2, sums.counts, absolute)


def fit_pca(sums: Sums, components: int | float) -> Float64s:
    """(d, p) the directions of largest variance over all rows, orthonormal, largest first, signs fixed.

    components: how many (int), or the share of variance to keep (float in 0..1). It composes with any linear map after.
    """
    share = isinstance(components, float)
    if not (0 < components < 1 if share else components >= 1):
        raise BadInput(f"pca is {components}.", "Give a number of components, or a share of variance such as 0.99.")
    _, offsets, within = sums.covariances()
    weighted = offsets * np.sqrt(sums.counts / sums.n)[:, None]
    covariance = within + weighted.T @ weighted
    d = len(covariance)
    # A known number of components: only those, at half the cost of all.
    wanted = None if share else (max(d - int(components), 0), d - 1)
    variances, axes = eigh(covariance, subset_by_index=wanted)
    variances, axes = np.maximum(variances[::-1], 0.0), axes[:, ::-1]
    if share:
        axes = axes[:, : 1 + int(np.searchsorted(np.cumsum(variances), components * variances.sum()))]
    largest = np.abs(axes).argmax(axis=0)
    return np.asarray(axes * np.sign(axes[largest, np.arange(axes.shape[1])]))


def own_class_distance(
    gaussians: Gaussians, features: Floats, labels: Ints, *, relative: bool, dtype: DTypeLike = np.float32,
    on: Arithmetic = NUMPY,
) -> Floats:  # fmt: skip
    """Squared distance of each row to its own class, MD; less that to the Gaussian of all rows if `relative`, RMD.

    features: (n, d); labels: (n,). on: where it is computed, in its precision if that is more. Returns (n,) of dtype:
    MD is 0 or more, RMD any; higher is harder. NaN for unlabelled rows and for classes the fit had no row of.
    """
    result = np.full(len(labels), np.nan, dtype)
    rank, xp, dtype = gaussians.rank, on.xp, np.promote_types(dtype, on.precision)
    centres = on.put(gaussians.centres.astype(dtype))
    background = on.put((1.0 / (1.0 + gaussians.spread)).astype(dtype))
    for rows, u in _project(gaussians, features, dtype, rank if relative else None, on):
        value = _to_own_centre(u[:, :rank], centres, labels[rows], on)
        if relative:
            value -= xp.square(u) @ background
        else:
            value += xp.einsum("ij,ij->i", u[:, rank:], u[:, rank:])
        result[rows] = on.take(value)
    return result


def class_distances(
    gaussians: Gaussians, features: Floats, labels: Ints, *, dtype: DTypeLike = np.float32, on: Arithmetic = NUMPY
) -> Iterator[tuple[slice, Any, Any]]:
    """RMD of each row to its own class and to every class, a chunk of rows at a time: (rows, (m,), (m, K)), of `on`.

    To the own class as `own_class_distance` gives it; NaN in columns of absent classes. To every class is a difference
    of large numbers: in float32 good to about a millionth of the distances' size, MD, not of their difference.
    """
    dtype = np.promote_types(dtype, on.precision)
    centres = gaussians.centres.astype(dtype)
    lengths = on.put(np.einsum("ij,ij->i", centres, centres))
    background = on.put((1.0 / (1.0 + gaussians.spread)).astype(dtype))
    weight = on.put((gaussians.spread / (1.0 + gaussians.spread)).astype(dtype))
    centres, twice = on.put(centres), on.put(np.ascontiguousarray(-2 * centres.T))
    for rows, u in _project(gaussians, features, dtype, gaussians.rank, on):
        squares = on.xp.square(u)
        own = _to_own_centre(u, centres, labels[rows], on) - squares @ background
        every = u @ twice
        every += lengths
        every += (squares @ weight)[:, None]
        yield rows, own, every


def _to_own_centre(u: Any, centres: Any, labels: Ints, on: Arithmetic) -> Any:
    """(m,) squared distance to the own class's centre, NaN for the unlabelled."""
    offset = u - centres[on.put(labels)]  # row -1 for the unlabelled: overwritten below
    value = on.xp.einsum("ij,ij->i", offset, offset)
    value[on.put(labels == UNLABELLED)] = np.nan
    return value


def discriminant_coordinates(
    gaussians: Gaussians, features: Floats, axes: int, *, dtype: DTypeLike = np.float32
) -> Floats:
    """(n, axes) u = (z - mean) @ directions, the directions that tell classes apart most first; NaN if not finite."""
    result = np.empty((len(features), axes), dtype)
    for rows, u in _project(gaussians, features, dtype, axes):
        result[rows] = u
    return result


def _project(
    gaussians: Gaussians, features: Floats, dtype: DTypeLike, columns: int | None, on: Arithmetic = NUMPY
) -> Iterator[tuple[slice, Any]]:
    """(rows, u) by chunks: centred in float64, because a mean far from 0 would eat float32's digits, then one GEMM."""
    directions, mean = on.put(np.ascontiguousarray(gaussians.directions[:, :columns], dtype)), on.put(gaussians.mean)
    for start in range(0, len(features), on.rows_at_once):
        rows = slice(start, min(start + on.rows_at_once, len(features)))
        with np.errstate(invalid="ignore", over="ignore"):
            u = on.centred(features[rows], mean, dtype) @ directions
            u[~on.xp.isfinite(u.sum(axis=1))] = np.nan  # a vector with an infinity has no distance, not an infinite one
        yield rows, u


def _factorise(within: Float64s, absolute: float, sums: Sums, mean: Float64s) -> Float64s:
    """Lower Cholesky factor of within + absolute·I, or BadInput where that matrix says nothing."""
    variance = float(np.trace(within))
    seen = float(np.trace(sums.scatter)) / sums.n
    # Below these bounds the trace is rounding: of the subtraction of class means, or of the vectors themselves.
    if variance <= 1e-12 * seen + 1e-20 * float(mean @ mean):
        raise Degenerate(
            f"The embeddings do not vary within any class ({sums.n} images, {sums.n_present} classes).",
            "The Mahalanobis distances need two different images in some class.",
        )
    d = len(within)
    matrix = within + absolute * np.eye(d)
    too_few = Degenerate(
        f"The covariance of {d} dimensions is singular: {sums.n} images, {sums.n_present} classes.",
        "Give a ridge above 0, or pca with fewer components.",
    )
    try:
        factor = cholesky(matrix, lower=True)
    except np.linalg.LinAlgError as error:
        raise too_few from error
    reciprocal_condition, _ = _condition(factor, np.linalg.norm(matrix, 1), uplo="L")
    if reciprocal_condition < d * np.finfo(np.float64).eps:  # factorised, but by the grace of rounding
        raise too_few
    return np.asarray(factor)
