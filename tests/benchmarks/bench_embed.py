"""How much of the encoder's bare speed the pipeline keeps: python tests/benchmarks/bench_embed.py [FOLDER of images].

Bare is `encode` alone on batches that are prepared already; the pipeline reads, decodes, prepares and commits as well.
The two alternate and the medians are compared, so that other load on the machine falls on both. Threads of the
network come from HARDLOOK_THREADS: with as many as there are cores, decoding has to take its time from the network.

Then what middle layers cost beside the last one alone, and 224 pixels beside 128: a batch of each in turn, CPU time.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from core.device import set_threads
from core.encoders import Encoder, load_encoder
from core.encoders.embed_rows import embed_rows
from core.encoders.layers import LAST
from core.encoders.usual import FULL, MIDDLES, REDUCED, Sight
from core.images.pixels import PixelSource
from core.processes.cores import physical_cores
from tests.benchmarks.reporting import paired, say

IMAGES, REPEATS, SIZE, TURNS = 256, 5, 128, 9


def small_pngs(folder: Path) -> list[str]:
    """28×28 grey pictures with some structure, as PNG."""
    rng = np.random.default_rng(0)
    paths = []
    for number in range(IMAGES):
        coarse = Image.fromarray(rng.integers(0, 256, (7, 7), dtype=np.uint8))
        paths.append(str(folder / f"{number}.png"))
        coarse.resize((28, 28), Image.Resampling.BICUBIC).save(paths[-1])
    return paths


def measure(encoder: Encoder, paths: list[str]) -> tuple[list[float], list[float]]:
    """Images per second, (bare, pipeline), one of each per repeat."""
    source = PixelSource(paths, [None] * len(paths))
    prepared = np.stack([encoder.prepare(source.rgb(i)) for i in range(len(paths))])
    bare, pipeline = [], []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for start in range(0, len(paths), encoder.batch_size):
            encoder.encode(prepared[start : start + encoder.batch_size])
        bare.append(len(paths) / (time.perf_counter() - started))
        started = time.perf_counter()
        embed_rows(encoder, source, np.arange(len(paths)), commit=lambda unit, indices, vectors: None)
        pipeline.append(len(paths) / (time.perf_counter() - started))
    return bare, pipeline


def batch_of(sight: Sight) -> Callable[[], object]:
    """The encoding of 64 images, done once before."""
    encoder = load_encoder("embedded", device="cpu", image_size=sight.image_size, layers=sight.layers)
    batch = np.random.default_rng(0).integers(0, 256, (64, sight.image_size, sight.image_size, 3), dtype=np.uint8)
    encoder.encode(batch)
    return partial(encoder.encode, batch)


def say_cost(ours: Sight, rival: Sight) -> None:
    """How many times the CPU time of one sight another takes, by batches of 64 in turn."""
    pair = paired(batch_of(ours), batch_of(rival), TURNS)
    say(f"{rival} against {ours}", f"{pair.ratio:.3f} ({64 / pair.ours:.0f}/s and {64 / pair.rival:.0f}/s)", "", None)


def main() -> None:
    """Print one line per kind of image, and one per pair of sights."""
    threads = set_threads()
    encoder = load_encoder("embedded", image_size=SIZE)
    with tempfile.TemporaryDirectory() as folder:
        kinds = {"28×28 PNG": small_pngs(Path(folder))}
        if len(sys.argv) > 1:
            found = sorted(str(path) for path in Path(sys.argv[1]).rglob("*.jpg"))
            kinds[f"JPEG of {sys.argv[1]}"] = found[:IMAGES]
        print(f"embedded encoder, {SIZE} pixels, {threads} threads on {physical_cores()} cores, median of {REPEATS}")
        for kind, paths in kinds.items():
            bare, pipeline = (statistics.median(rates) for rates in measure(encoder, paths))
            print(f"{kind}: bare {bare:.0f}/s, pipeline {pipeline:.0f}/s, ratio {pipeline / bare:.2f}")
    for size in (REDUCED, FULL):
        say_cost(Sight(size, LAST), Sight(size, MIDDLES))
    say_cost(Sight(REDUCED, LAST), Sight(FULL, MIDDLES))


if __name__ == "__main__":
    main()
