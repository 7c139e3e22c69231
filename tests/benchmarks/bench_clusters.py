"""Neighbours by clusters: what each stage costs, how many are found, and how much of planted duplicates.

Run: python -m tests.benchmarks.bench_clusters [--images 200000] [--dimension 64] [--noise 1.0]

Vectors lie around 2,000 directions, the wider the more noise; the last 2 % are near copies of the first.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["HARDLOOK_THREADS"] = "1"

import argparse
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.maths.neighbors import EXACT_UP_TO
from core.pipeline.shards.begun import begin, stages_of
from core.pipeline.shards.chain import Ground
from core.pipeline.shards.checked import ingest_spec
from core.pipeline.shards.clusters import steps
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.scores.duplicates import DuplicatesChain
from core.pipeline.shards.stage import SummedStage, merged_file, read_part
from core.pipeline.shards.stages import STAGES, stage_at_work
from tests.benchmarks.reporting import cpu_seconds, say_conditions
from tests.pipeline.shards.planted import mixture, planted

GROUPS, TWINS, SHARDS = 2000, 0.02, 8


def run(folder: ShardFolder) -> Iterator[tuple[str, float]]:
    """Every stage of duplicates with its CPU-seconds, in this process."""
    (embed,) = stages_of(folder, "embed")
    following = DuplicatesChain().steps(Ground(folder, ingest_spec(folder), embed, ["train"]))
    spec, numbers = next(following), tuple(range(folder.count))
    while True:
        begin(folder, spec)
        work, summed = stage_at_work(folder.path, spec, numbers), issubclass(STAGES[spec.kind], SummedStage)
        jobs = [*numbers, None] if summed else [*numbers]
        yield spec.kind, cpu_seconds(lambda: [work(job) for job in jobs])  # noqa: B023 - called at once
        try:
            spec = following.send(merged_file(folder, spec, numbers).name if summed else "")
        except StopIteration:
            return


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--noise", type=float, default=1.0)
    given = parser.parse_args()
    n, twins = given.images, int(given.images * TWINS)
    say_conditions(f"neighbours by clusters, {n:,} images of {given.dimension} numbers in {SHARDS} shards")
    vectors, labels = mixture(n, given.dimension, 10, groups=GROUPS, noise=given.noise)
    vectors[n - twins :] = vectors[:twins] + 0.15 * np.random.default_rng(1).normal(size=(twins, given.dimension))
    setattr(steps, "EXACT_UP_TO", min(EXACT_UP_TO, n - 1))  # noqa: B010 - smaller than usual, for this process
    with tempfile.TemporaryDirectory() as place:
        folder = planted(Path(place) / "shards", vectors, labels, rows=-(-n // SHARDS))
        for kind, seconds in run(folder):
            print(f"   {kind:<12}{seconds:8.1f} CPU-s, {1e6 * seconds / n:8.0f} an image in millionths", flush=True)
        (told,) = folder.path.glob("recall-*/merged-*")
        facts = read_part(told)
        print(
            f"   {len(facts['sizes']):,} clusters, the largest of {facts['sizes'].max():,}; {facts['probes']} searched"
        )
        for name in ("neighbors", "pairs"):
            value, low, high, of = facts[name]
            print(f"   {name}: {value:.4f} found ({low:.4f} to {high:.4f}), estimated on {of:.0f}")
        found = np.concatenate([np.load(part)[["row", "others"]] for part in folder.path.glob("neighbors-*/part-*")])
        late = found[found["row"] >= n - twins]
        hit = (late["others"] == (late["row"] - (n - twins))[:, None]).any(axis=1)
        print(f"   planted near copies found: {hit.mean():.4f} of {twins:,}, counted")
    print(f"   largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2:.2f} GB, vectors among it")


if __name__ == "__main__":
    main()
