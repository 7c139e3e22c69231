"""RMD of images under labels that are not theirs: a growing share altered by chance, and classes ever more distant.

Cui et al. 2023, figure 1b. No vector has to be made for it. Rows of the `metric` table, subject the embedding's run:

    rmd_by_altered_labels     slice "altered <p> %": mean RMD when p % of the images have another label
    rmd_altered_labels_trend  slice "all": rank correlation with the share within an image, averaged over images
    rmd_by_label_distance     slice "rank <r>": mean RMD to the class whose mean is the r-th nearest to that of the
                              image's own class; rank 0 is the own class
    rmd_label_distance_trend  slice "all": likewise with the rank, among other classes than the own
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...maths.class_order import classes_by_distance
from ...maths.gaussians import Gaussians, own_class_distance
from ...metrics.correlation import means_by_step, trend
from ...store.metrics import LEVEL, WHOLE, Metric
from ...types import Floats, Ints, Run
from ..training.random_labels import altered_share

ALTERED = (0, 20, 40, 60, 80, 100)  # per cent
RESAMPLES = 1000
EVERY_RANK = 20  # classes, up to which every rank is measured; beyond, ranks that grow by about half
TREND_RANKS = 3  # other classes, below which there is no trend to speak of


def altered_rows(run: Run, gaussians: Gaussians, vectors: Floats, labels: Ints, seed: int) -> list[Metric]:
    """All rows. vectors: (m, d) of images that are not fitted on. labels: (m,); those of classes not fitted on take no
    part."""
    known = np.isin(labels, np.flatnonzero(gaussians.counts))
    vectors, labels = vectors[known], labels[known]
    return [*share_rows(run, gaussians, vectors, labels, seed), *rank_rows(run, gaussians, vectors, labels, seed)]


def share_rows(run: Run, gaussians: Gaussians, vectors: Floats, labels: Ints, seed: int) -> list[Metric]:
    """Mean RMD under labels of which a growing share is altered."""
    versions = altered_labels(labels, np.flatnonzero(gaussians.counts), seed)
    values = rmd_under(gaussians, vectors, versions)
    note = "mean RMD, fitted to the given labels of other images"
    rows = [
        Metric("rmd_by_altered_labels", run.run_id, f"altered {share} %", estimate, note)
        for share, estimate in zip(ALTERED, means_by_step(values, n=RESAMPLES, seed=seed, level=LEVEL), strict=True)
    ]
    along = trend(values, np.array(ALTERED, float), n=RESAMPLES, seed=seed, level=LEVEL)
    note = "Spearman correlation with the share altered within an image, mean over images"
    return [*rows, Metric("rmd_altered_labels_trend", run.run_id, WHOLE, along, note)]


def rank_rows(run: Run, gaussians: Gaussians, vectors: Floats, labels: Ints, seed: int) -> list[Metric]:
    """Mean RMD under the nearest other class, the one after it, and so on to the most distant."""
    order = classes_by_distance(gaussians)
    ranks = ranks_measured(order.shape[1])
    values = rmd_under(gaussians, vectors, [order[labels, rank] for rank in ranks])
    note = "mean RMD to the class whose mean is the r-th nearest to that of the image's own; 0 is the own"
    rows = [
        Metric("rmd_by_label_distance", run.run_id, f"rank {rank}", estimate, note)
        for rank, estimate in zip(ranks, means_by_step(values, n=RESAMPLES, seed=seed, level=LEVEL), strict=True)
    ]
    if len(ranks) - 1 < TREND_RANKS:
        return rows
    along = trend(values[:, 1:], np.array(ranks[1:], float), n=RESAMPLES, seed=seed, level=LEVEL)
    note = "Spearman correlation with the rank among other classes within an image, mean over images"
    return [*rows, Metric("rmd_label_distance_trend", run.run_id, WHOLE, along, note)]


def rmd_under(gaussians: Gaussians, vectors: Floats, versions: list[NDArray[np.int64]]) -> Floats:
    """(m, versions) RMD of the same images to each version's class."""
    return np.stack([own_class_distance(gaussians, vectors, one, relative=True) for one in versions], axis=1)


def ranks_measured(n_classes: int) -> list[int]:
    """Ranks from 0, the own class, to the most distant of so many classes."""
    if n_classes <= EVERY_RANK:
        return list(range(n_classes))
    steps = np.geomspace(1, n_classes - 1, EVERY_RANK).round().astype(int)
    return [0, *np.unique(steps).tolist()]


def altered_labels(labels: Ints, classes: Ints, seed: int) -> list[NDArray[np.int64]]:
    """Labels with 0, 20 … 100 % of them altered to another of the classes, each by chance the same.

    What is altered stays altered, to the same class, in every larger share. labels: (m,), all of them in `classes`,
    which are ascending and two or more.
    """
    return [altered_share(labels, classes, share, seed) for share in ALTERED]
