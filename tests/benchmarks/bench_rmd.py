"""How fast RMD is fitted and scored, against scikit-learn and a loop over images.

Run: python -m tests.benchmarks.bench_rmd [rows] [dimension] [classes]; 100000 512 1000 by default, one thread.
The rivals run on as many rows as they finish in seconds. Rates are rows per CPU-second of the process.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy reads it

import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from sklearn.covariance import EmpiricalCovariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.gaussians import Gaussians, class_distances, gaussians_from, own_class_distance
from core.moments import Sums, accumulate
from core.types import Floats, Ints

BLOCK = 20_000  # rows that a stream hands over at a time


def rate(work: Callable[[], object], rows: int) -> float:
    """Rows per CPU-second."""
    start = time.process_time()
    work()
    return rows / (time.process_time() - start)


def show(what: str, ours: float, rivals: dict[str, float]) -> None:
    print(f"{what:24} {'Hardlook':44} {ours:12,.0f}")
    for name, theirs in rivals.items():
        print(f"{'':24} {name:44} {theirs:12,.0f}   {ours / theirs:6.1f}x")


def data(rows: int, d: int, k: int) -> tuple[Floats, Ints]:
    rng = np.random.default_rng(0)
    y = rng.integers(0, k, rows)
    x = rng.standard_normal((rows, d), dtype=np.float32)
    return x + rng.standard_normal((k, d), dtype=np.float32)[y], y


def loop(x: Floats, y: Ints, means: Floats, precision: Floats, mean: Floats, background: Floats) -> Floats:
    """What section 3 of the paper says, an image at a time."""
    scores = []
    for z, label in zip(x.astype(np.float64), y, strict=True):
        own, from_all = z - means[label], z - mean
        scores.append(own @ precision @ own - from_all @ background @ from_all)
    return np.array(scores)


def compare(x: Floats, y: Ints, k: int) -> None:
    n, d = x.shape
    few = min(n, 20_000)  # enough that no class has a single image, which scikit-learn warns of
    accumulate(x[:few], y[:few], k, np.zeros(d))  # warm-up
    shift = x[:1000].mean(axis=0, dtype=np.float64)
    ours = rate(lambda: gaussians_from(accumulate(x, y, k, shift)), n)
    lda = LinearDiscriminantAnalysis(solver="lsqr")
    show("fit", ours, {f"scikit-learn LDA (lsqr), {few:,} rows": rate(lambda: lda.fit(x[:few], y[:few]), few)})

    gaussians = gaussians_from(accumulate(x, y, k, shift))
    means = np.stack([x[y == c].mean(axis=0, dtype=np.float64) for c in range(k)])
    within = EmpiricalCovariance(assume_centered=True).fit(x[:few] - means[y[:few]])
    overall = EmpiricalCovariance().fit(x[:few])

    def scikit_learn() -> Floats:
        return np.asarray(within.mahalanobis(x[:few] - means[y[:few]]) - overall.mahalanobis(x[:few]))

    def per_image() -> Floats:
        return loop(x[:few], y[:few], means, within.precision_, overall.location_, overall.precision_)

    def per_class() -> Floats:  # pytorch-ood's way: for every class, all rows through the whole precision matrix
        centred = x[:200].astype(np.float64)
        return np.stack(
            [np.einsum("ij,jl,il->i", centred - m, within.precision_, centred - m, optimize=True) for m in means]
        )

    show(
        "score, own class",
        rate(lambda: own_class_distance(gaussians, x, y, relative=True), n),
        {
            f"scikit-learn mahalanobis twice, {few:,} rows": rate(scikit_learn, few),
            f"a loop over images, {few:,} rows": rate(per_image, few),
            "Hardlook in float64": rate(
                lambda: own_class_distance(gaussians, x, y, relative=True, dtype=np.float64), n
            ),
        },
    )
    show(
        "score, all classes",
        rate(lambda: sum(len(values) for _, values in class_distances(gaussians, x)), n),
        {"full precision, class by class, 200 rows": rate(per_class, 200)},
    )


def stream(rows: int, d: int, k: int) -> None:
    """Fit and score a data set that is never held in memory: blocks are made, used and dropped, twice."""

    def block(start: int) -> tuple[Floats, Ints]:
        return data(min(BLOCK, rows - start), d, k)

    used, sums, gaussians = 0.0, None, None
    for step in ("fit", "score"):
        for start in range(0, rows, BLOCK):
            x, y = block(start)
            clock = time.process_time()
            if step == "fit":
                part: Sums = accumulate(x, y, k, np.zeros(d))
                sums = part if sums is None else sums + part
            else:
                assert isinstance(gaussians, Gaussians)
                own_class_distance(gaussians, x, y, relative=True)
            used += time.process_time() - clock
        clock = time.process_time()
        assert sums is not None
        gaussians = gaussians or gaussians_from(sums)
        used += time.process_time() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"\n{rows:,} x {d}, {k:,} classes, streamed: fit + score {used:.1f} CPU-s, peak {peak:.2f} GB")


def main(rows: int = 100_000, d: int = 512, k: int = 1000) -> None:
    stream(1_280_000 * rows // 100_000, d, k)  # first: the peak that the system reports never falls again
    print(f"\n{rows:,} x {d}, {k:,} classes: rows per CPU-second\n")
    compare(*data(rows, d, k), k)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
