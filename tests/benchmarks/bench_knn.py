"""Nearest neighbours against faiss called by hand: python -m tests.benchmarks.bench_knn [--quick].

Both normalise the rows, build an exact index and search every row in it; ours also leaves each row out of its own
neighbours, orders equal similarities by row and gives the same result whatever the order of rows.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy reads it

import argparse

import faiss
import numpy as np

from core.neighbors import build, nearest
from tests.benchmarks.measured import paired, say, say_conditions

D, K = 512, 20


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the rows")
    n = 10_000 if parser.parse_args().quick else 50_000
    queries = min(n, 5_000)  # the time per query does not depend on how many there are
    x = np.random.default_rng(0).standard_normal((n, D), dtype=np.float32)
    say_conditions(f"Nearest {K} of {n:,} × {D}, {queries:,} queries")

    def by_hand() -> object:
        unit = x.copy()
        faiss.normalize_L2(unit)
        index = faiss.IndexFlatIP(D)
        index.add(unit)
        return index.search(unit[:queries], K + 1)

    def ours() -> object:
        return nearest(build(x), x[:queries], K, query_rows=np.arange(queries))

    pair = paired(ours, by_hand, 5)
    slower = 1 / pair.ratio
    say(
        "ours : faiss by hand",
        f"{pair.ours / queries * 1e3:.2f} ms/query = {slower:.2f}×",
        "at most 1.3×",
        slower <= 1.3,
    )


if __name__ == "__main__":
    main()
