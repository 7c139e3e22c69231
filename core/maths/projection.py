"""Vectors in two dimensions, read block by block: what a map of the images is drawn from."""

from __future__ import annotations

import warnings

import numpy as np

from ..errors import BadInput, ExtraMissing, TooFewRows, command
from ..types import Bools, Floats, Ints
from .gaussians import DEFAULT_RIDGE, discriminant_coordinates, fit_pca, gaussians_from
from .moments import Running, Sums, pilot_shift
from .vectors import Vectors

AXES = 2
CLASSES_FOR_LDA = AXES + 1

UMAP_COMPONENTS = 50
UMAP_ROWS = 100_000
"""UMAP is fitted on so many images at most, a seeded sample; the others are placed among them."""


def discriminant_plane(
    vectors: Vectors, labels: Ints, fit: Bools, n_classes: int, *, pca: int | float | None = None,
    ridge: float = DEFAULT_RIDGE,
) -> Floats:  # fmt: skip
    """The two directions that tell the classes apart best, in units of the spread within classes (LDA).

    It is the space of RMD: with three classes its two terms are |u - m_y|² and Σ u²/(1 + s²) of these coordinates.
    labels: (n,) in 0..n_classes-1 or UNLABELLED. fit: (n,) bool, labelled rows to fit on. pca, ridge: as for RMD.
    Returns (n, 2) float32, NaN for rows that are not finite. Raises TooFewRows with fewer than three classes.
    """
    present = len(np.unique(labels[fit]))
    if present < CLASSES_FOR_LDA:
        raise TooFewRows(
            f"LDA has one axis less than there are classes with a labelled training image, and there are {present}.",
            "Run",
            command(None, "project", "--method", "pca"),
        )
    gaussians = gaussians_from(moments(vectors, labels, fit, n_classes), pca=pca, ridge=ridge)
    if gaussians.directions.shape[1] < AXES:
        raise TooFewRows("The vectors have one dimension: there is no plane in them.")
    result = np.empty((len(vectors), AXES), np.float32)
    for rows, block in vectors.blocks():
        result[rows] = discriminant_coordinates(gaussians, block, AXES)
    return result


def principal_components(vectors: Vectors, components: int = AXES) -> Floats:
    """The directions of largest variance over all images: (n, components) float32, centred, NaN where not finite.

    Signs are fixed, so that the same vectors always make the same picture. Columns beyond the dimension are 0.
    """
    usable = vectors.finite
    if not usable.any():
        raise BadInput("No image has a vector.", "Run", command(None, "embed"))
    sums = moments(vectors, np.zeros(len(vectors), np.int64), usable, 1)
    axes = fit_pca(sums, min(components, vectors.shape[1]))
    mean = sums.covariances()[0]
    result = np.zeros((len(vectors), components), np.float32)
    for rows, block in vectors.blocks():
        result[rows, : axes.shape[1]] = (block - mean) @ axes
    result[~usable] = np.nan
    return result


def umap_plane(vectors: Vectors, *, neighbors: int = 15, min_dist: float = 0.1, seed: int = 0) -> Floats:
    """A plane that keeps neighbours together; distances across it mean little. McInnes, Healy & Melville 2018.

    Computed on 50 principal components, so 1.28 million images take 256 MB and not their vectors'. Returns (n, 2)
    float32, NaN for rows that are not finite. Raises ExtraMissing without the package umap-learn.
    """
    try:
        from umap import UMAP
    except ImportError as error:
        raise ExtraMissing("UMAP needs umap-learn.", "Run: pip install 'hardlook[umap]'") from error
    reduced = principal_components(vectors, min(UMAP_COMPONENTS, vectors.shape[1]))
    rows = np.flatnonzero(vectors.finite)
    if len(rows) <= AXES + 1:
        raise TooFewRows(f"UMAP needs more than {AXES + 1} images with a vector, and there are {len(rows)}.")
    fitted = rows
    if len(rows) > UMAP_ROWS:
        fitted = np.sort(np.random.default_rng(seed).choice(rows, UMAP_ROWS, replace=False))
    model = UMAP(n_neighbors=min(neighbors, len(fitted) - 1), min_dist=min_dist, random_state=seed, n_jobs=1)
    result = np.full((len(vectors), AXES), np.nan, np.float32)
    with warnings.catch_warnings():
        # Of points without a neighbour in the graph: they are placed all the same.
        warnings.simplefilter("ignore", UserWarning)
        result[fitted] = model.fit_transform(reduced[fitted])
        rest = np.setdiff1d(rows, fitted)
        for part in np.array_split(rest, -(-len(rest) // UMAP_ROWS)) if len(rest) else ():
            result[part] = model.transform(reduced[part])
    return result


def moments(vectors: Vectors, labels: Ints, kept: Bools, n_classes: int) -> Sums:
    """The sums of some rows in one pass. kept: (n,) bool; those of them that are not finite take no part."""
    running: Running | None = None
    for rows, block in vectors.blocks():
        use = kept[rows] & np.isfinite(block).all(axis=1)
        if not use.any():
            continue
        running = running or Running(n_classes, pilot_shift(block[use]))
        running.add(block[use], labels[rows][use])
    if running is None:
        raise BadInput("No image to fit on has a vector.", "Run", command(None, "embed"))
    return running.sums()
