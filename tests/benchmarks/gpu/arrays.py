"""RMD, nearest neighbours and suspicion of drawn vectors, against the same machine's CPU, and how far both differ."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from core.engines.torch_arithmetic import TorchArithmetic
from core.maths.arithmetic import NUMPY, Arithmetic
from core.maths.neighbors import build, nearest
from core.scorers.inputs import Inputs, of_images
from core.scorers.registry import get_scorer
from core.types import Floats, Ints
from tests.benchmarks.gpu.measure import Bench

D, K, NEIGHBORS = 512, 1000, 20
IMAGENET = 1_280_000
AT_ONCE = 1 << 16
WARM = 4  # rows of each class
COMPARED = 64  # queries that the CPU searches for too


def there(bench: Bench) -> Arithmetic:
    """PyTorch's arithmetic on the device; the CPU passes for a GPU, so that everything goes that one's way."""
    on = TorchArithmetic(bench.device)
    on.number = on.number or 0
    return on


def drawn(bench: Bench, n: int, k: int) -> tuple[Floats, Ints]:
    """Classes a standard deviation apart; drawn on the device, for numpy takes ten times as long."""
    d = 32 if bench.tiny else D
    labels = np.arange(n) % k
    generator = torch.Generator(bench.device).manual_seed(0)
    centres = torch.randn(k, d, generator=generator, device=bench.device)
    features = np.empty((n, d), np.float32)
    for start in range(0, n, AT_ONCE):
        rows = torch.from_numpy(labels[start : start + AT_ONCE]).to(bench.device)
        noise = torch.randn(len(rows), d, generator=generator, device=bench.device)
        features[start : start + AT_ONCE] = (noise + centres[rows]).cpu().numpy()
    return features, labels


def scored(name: str, inputs: Inputs, on: Arithmetic, **parameters: Any) -> dict[str, Floats]:
    """The columns of a scorer."""
    given = Inputs(inputs.labels, inputs.n_classes, inputs.fit, features=inputs.features, arithmetic=on)
    return {column.name: column.values for column in get_scorer(name).run(given, **parameters)}


def against_the_cpu(bench: Bench, name: str, small: int, full: int, k: int, **parameters: Any) -> None:
    """A scorer at a size that the CPU computes too, then at the full one, if the first says that there is time."""
    last = of_cpu = 0.0
    for n in bench.sizes(small, full):
        if n != small and last * n / small > bench.left:
            bench.say(f"{name}, {n:,} rows: left out", last * n / small, "s expected", note="more than was left")
            return
        features, labels = drawn(bench, n, k)
        inputs = Inputs(labels, k, np.ones(n, bool), features=features)
        if n == small:  # once before it counts: the device's libraries load on their first call
            scored(name, of_images(inputs, np.arange(n) < WARM * k), there(bench), **parameters)
        found, last = bench.timed(partial(scored, name, inputs, there(bench), **parameters))
        if n != small:
            bench.say(f"{name}, {n:,} × {features.shape[1]}", n / last, "rows/s", ratio=n / last / of_cpu,
                      against=f"the CPU at {small:,}")  # fmt: skip
            continue
        ours, on_cpu = bench.timed(partial(scored, name, inputs, NUMPY, **parameters))
        of_cpu = n / on_cpu
        bench.say(f"{name}, {n:,} × {features.shape[1]}", n / last, "rows/s", ratio=on_cpu / last,
                  against=f"the CPU, {torch.get_num_threads()} threads")  # fmt: skip
        worst = max(float(np.nanmax(np.abs(ours[one] - found[one])) / np.nanstd(ours[one])) for one in ours)
        bench.say(f"{name}: largest difference of CPU and device", worst, "standard deviations")


def rmd(bench: Bench) -> None:
    """`rmd` and `rmd_oof`: folds, six fits and two distances each."""
    small, full = (2000, 2000) if bench.tiny else (IMAGENET // 10, IMAGENET)
    against_the_cpu(bench, "rmd", small, full, 10 if bench.tiny else K, margin=False)


def suspicion(bench: Bench) -> None:
    """`suspicion`, of which the neighbours alone are found on the device."""
    small, full = (400, 400) if bench.tiny else (20_000, 200_000)
    against_the_cpu(bench, "suspicion", small, full, 10)


def knn(bench: Bench) -> None:
    """Twenty neighbours of every row, until the budget is used up; a few by faiss on the CPU, by every product too."""
    n = 3000 if bench.tiny else IMAGENET
    features, _ = drawn(bench, n, 10)
    index, building = bench.timed(partial(build, features, on=there(bench)))
    done = took = 0.0
    for start in range(0, n, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, n))
        took += bench.once(partial(nearest, index, features[rows], NEIGHBORS, query_rows=rows))
        done += len(rows)
        if bench.left < bench.seconds / 3:
            break
    rows = np.linspace(0, n - 1, COMPARED).astype(int)
    exact = build(features, exact_up_to=n)
    expected, by_faiss = bench.timed(partial(nearest, exact, features[rows], NEIGHBORS, query_rows=rows))
    of_cpu = COMPARED / by_faiss
    products = done / took
    bench.say(f"neighbours among {n:,} × {features.shape[1]}", products, "queries/s", ratio=products / of_cpu,
              against=f"faiss on the CPU, {torch.get_num_threads()} threads", note=f"{done / n:.0%} of the queries",
              share=bench.share(2 * products * n * features.shape[1], "float32"))  # fmt: skip
    bench.say("its index", building, "s", note=f"exact: {index.exact}, recall {index.recall:.3f}, on {index.device}")
    similarity, found = nearest(index, features[rows], NEIGHBORS, query_rows=rows)
    bench.say("the same neighbours as the CPU's", float(np.mean(found == expected[1])), "of all",
              note=f"similarities differ by {np.abs(similarity - expected[0]).max():.1e} at most")  # fmt: skip
