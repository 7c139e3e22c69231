"""What our two functions cost over faiss called by hand: OMP_NUM_THREADS=1 python tests/benchmarks/bench_neighbors.py.

By hand is a flat inner-product index over normalised rows, searched for k + 1 (every row finds itself). Both run in
turn, in CPU seconds, and the median ratio is printed: other load on the machine falls on both.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import faiss
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.maths.neighbors import build, nearest
from core.types import Floats

K = 20


def by_hand(features: Floats) -> None:
    """The shortest way to the same answer."""
    unit = features.copy()
    faiss.normalize_L2(unit)
    index = faiss.IndexFlatIP(unit.shape[1])
    index.add(unit)
    index.search(unit, K + 1)


def ours(features: Floats) -> None:
    """The same through core.maths.neighbors."""
    nearest(build(features), features, K, query_rows=np.arange(len(features)))


def seconds(work: Callable[[Floats], None], features: Floats) -> float:
    """CPU time of one call."""
    started = time.process_time()
    work(features)
    return time.process_time() - started


def main() -> None:
    """Print one line per way and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    features = np.random.default_rng(0).normal(size=(options.rows, options.dimension)).astype(np.float32)
    pairs = [(seconds(by_hand, features), seconds(ours, features)) for _ in range(options.repeats)]
    print(f"{options.rows:,} x {options.dimension}, k = {K}: by hand {median(a for a, _ in pairs):.1f} CPU-s, ", end="")
    print(f"ours {median(b for _, b in pairs):.1f}; ratio {median(b / a for a, b in pairs):.3f}")


if __name__ == "__main__":
    main()
