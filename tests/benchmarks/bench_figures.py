"""What a change costs on the pages of figures: errors along a score and calibration, at ImageNet's size.

python -m tests.benchmarks.bench_figures
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from core.maths.sorting import stable_order
from core.metrics.auroc import auroc_interval
from core.metrics.calibration.binned import reliability_bins
from core.metrics.calibration.forecasts import Forecasts, calibration
from core.metrics.difficulty import equal_slices, slices_of_size
from core.metrics.selective import risk_coverage_curve
from core.plots.errors.error_order import ErrorCurve, error_by_groups
from core.plots.style import SeriesStyle

IMAGES, RUNS = 1_281_167, 5


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the quickest of a few runs."""
    found = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return 1000 * min(found)


def main() -> None:
    """Everything that the pages compute when a score or a model is changed, all images judged."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal(IMAGES, dtype=np.float32)
    wrong = rng.random(IMAGES) < 1 / (1 + np.exp(1.5 - values))
    confidence = np.clip(rng.normal(0.8, 0.15, IMAGES), 0.001, 1).astype(np.float32)
    lowest_first = np.argsort(values, kind="stable").astype(np.int32)
    judged = np.ones(IMAGES, bool)
    ids = lowest_first[judged[lowest_first]]
    in_order = wrong[ids]
    by_confidence = stable_order(confidence)
    ordered, right = confidence[by_confidence].astype(np.float64), ~wrong[by_confidence]
    given = Forecasts(confidence, ~wrong, (1 - confidence) ** 2, -np.log(confidence))
    groups = slices_of_size(in_order[::-1], 500)
    curve = ErrorCurve("rmd", SeriesStyle("#0072B2"), groups, [f"0 group {i}" for i in range(len(groups))])
    ends = ("easiest", "hardest")
    for name, work in (
        ("order of the judged images", lambda: wrong[lowest_first[judged[lowest_first]]]),
        ("AUROC with its interval", lambda: auroc_interval(values[ids], in_order)),
        ("deciles and groups of 500", lambda: (equal_slices(in_order, 10), slices_of_size(in_order[::-1], 500))),
        ("the figure of 2,562 groups", lambda: error_by_groups([curve], "t", "s", ends=ends, dark=False).to_json()),
        ("sorting by confidence", lambda: stable_order(confidence)),
        ("reliability bins and ECE", lambda: reliability_bins(ordered, right)),
        ("calibration with intervals", lambda: calibration(given)),
        ("risk against coverage", lambda: risk_coverage_curve(confidence, ~wrong)),
    ):  # fmt: skip
        print(f"{name:<28} {best(work):7.0f} ms")


if __name__ == "__main__":
    main()
