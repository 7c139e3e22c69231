"""RMD from the store at ImageNet's size, and how fast it is fitted and scored against scikit-learn and loops.

Run: python -m tests.benchmarks.bench_rmd [--quick] [--no-store]

The first part writes an embedding of 1.28 million × 512 in 1,000 classes to a temporary folder (3 GB; it is deleted
again) and runs `hardlook score rmd` on it: the figures are of the whole command. The second part holds the arithmetic
against rivals on rows in memory; slow rivals get fewer rows. Rates are rows per CPU-second, one thread.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy reads it

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.covariance import EmpiricalCovariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from core.maths.gaussians import class_distances, gaussians_from, own_class_distance
from core.maths.moments import accumulate
from core.types import Floats, Ints
from tests.benchmarks.reporting import cpu_seconds, say, say_conditions

ROOT = Path(__file__).parents[2]
D, K = 512, 1000
IMAGENET = 1_280_000
REPEATS = 5


def from_the_store(n: int) -> None:
    """The whole command, with and without the comparison with all classes."""
    with tempfile.TemporaryDirectory() as folder:
        free = shutil.disk_usage(folder).free
        if free < 2 * n * D * 4:
            print(f"   left out: {free / 1e9:.0f} GB free in {folder}")
            return
        made = "from tests.benchmarks.synthetic import synthetic_audit; from pathlib import Path; import sys; "
        made += f"synthetic_audit(Path(sys.argv[1]), 'big', {n}, {D}, {K})"
        environment = {**os.environ, "HARDLOOK_AUDITS": folder}
        cpu, peak = run([sys.executable, "-c", made, folder], environment)
        say(f"{n:,} × {D} drawn and written", f"{cpu:.1f} CPU-s, {peak:.2f} GB", "", None)
        for what, options, target in (
            ("rmd, rmd_oof", ["--set", "margin=false"], 60.0 if n == IMAGENET else None),
            ("the same, rmd_nearest and rmd_margin", [], None),
        ):
            command = [str(Path(sys.executable).with_name("hardlook")), "score", "rmd", "--quiet", *options]
            cpu, peak = run(command, environment)
            say(f"{n:,} × {D}, {K:,} classes: {what}", f"{cpu:.1f} CPU-s",
                f"{target:.0f} CPU-s" if target else "", cpu <= target if target else None)  # fmt: skip
            say("its peak memory", f"{peak:.2f} GB", "1 GB", peak <= 1)


def run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """CPU-seconds and peak memory in GB of one process."""
    child = subprocess.Popen(command, cwd=ROOT, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise subprocess.CalledProcessError(status, command)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def against(what: str, target: float | None, ours: Callable[[], object], rival: Callable[[], object],
            rows: int, rival_rows: int) -> None:  # fmt: skip
    """One row: rows per CPU-second of both, in turn, and their ratio."""
    pairs = [(rows / cpu_seconds(ours), rival_rows / cpu_seconds(rival)) for _ in range(REPEATS)]
    a, b = (median(rates) for rates in zip(*pairs, strict=True))
    ratio = median(x / y for x, y in pairs)
    say(what, f"{a:,.0f} : {b:,.0f}/s = {ratio:.1f}×", f"{target:.0f}×" if target else "",
        ratio >= target if target else None)  # fmt: skip


def per_image(x: Floats, y: Ints, means: Floats, precision: Floats, mean: Floats, background: Floats) -> Floats:
    """What section 3 of the paper says, an image at a time."""
    scores = []
    for z, label in zip(x.astype(np.float64), y, strict=True):
        own, from_all = z - means[label], z - mean
        scores.append(own @ precision @ own - from_all @ background @ from_all)
    return np.array(scores)


def in_memory(n: int) -> None:
    """Fit, own-class scores and all-class scores against what one would write without Hardlook."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, K, n)
    x = rng.standard_normal((n, D), dtype=np.float32) + rng.standard_normal((K, D), dtype=np.float32)[y]
    few = 20_000  # enough that no class has a single image, which scikit-learn warns of
    shift = x[:1000].mean(axis=0, dtype=np.float64)
    gaussians = gaussians_from(accumulate(x, y, K, shift))
    means = np.stack([x[y == c].mean(axis=0, dtype=np.float64) for c in range(K)])
    within = EmpiricalCovariance(assume_centered=True).fit(x[:few] - means[y[:few]])
    overall = EmpiricalCovariance().fit(x[:few])
    lda = LinearDiscriminantAnalysis(solver="lsqr")

    def fit() -> object:
        return gaussians_from(accumulate(x, y, K, shift))

    def own() -> object:
        return own_class_distance(gaussians, x, y, relative=True)

    def scikit_learn() -> object:
        return within.mahalanobis(x[:few] - means[y[:few]]) - overall.mahalanobis(x[:few])

    def loop() -> object:
        return per_image(x[:few], y[:few], means, within.precision_, overall.location_, overall.precision_)

    def every() -> object:
        return sum(len(values) for _, _, values in class_distances(gaussians, x, y))

    def class_by_class() -> object:  # pytorch-ood's way: for every class, all rows through the whole precision matrix
        centred = x[:200].astype(np.float64)
        return [np.einsum("ij,jl,il->i", centred - m, within.precision_, centred - m, optimize=True) for m in means]

    own()  # warm-up
    against("fit : scikit-learn LDA (lsqr)", None, fit, lambda: lda.fit(x[:few], y[:few]), n, few)
    against("own class : scikit-learn mahalanobis, twice", 9, own, scikit_learn, n, few)
    against("own class : a loop over images", None, own, loop, n, few)
    against("all classes : full precision, class by class", 60, every, class_by_class, n, 200)


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--no-store", action="store_true", help="only the part in memory")
    arguments = parser.parse_args()
    say_conditions("RMD")
    if not arguments.no_store:
        from_the_store(IMAGENET // 10 if arguments.quick else IMAGENET)
    in_memory(40_000 if arguments.quick else 100_000)


if __name__ == "__main__":
    main()
