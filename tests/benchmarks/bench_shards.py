"""Shards against the ordinary path, and what a ledger and a driver cost as shards grow many.

Run: python -m tests.benchmarks.bench_shards [--images 2000] [--shards 10000] [--ledger 100000] [--only driver]

Embedding is compared in images per CPU-second, which counts what opening files and the driver add; both have one
thread, and their starts are left out. By the clock, whole commands are compared, with as many processes as cores, or
threads. Ray's two actors and two processes have loaded the encoder before the clock starts; they embed the same shards
in turn. The driver's memory is its own, over stages that do nothing.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["HARDLOOK_THREADS"] = "1"

import argparse
import importlib.util
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from core.encoders.protocol import Options
from core.engines.choice import ENGINES, EngineChoice
from core.engines.driving import Workers, run_shards
from core.engines.jobs import Work
from core.engines.ledger import Ledger
from core.pipeline.embed import embed_with, prepare
from core.pipeline.ingest import ingest, sample_options, sample_path
from core.pipeline.shards import stages
from core.pipeline.shards.begun import begin
from core.pipeline.shards.checked import ingest_spec
from core.pipeline.shards.divide import shard
from core.pipeline.shards.folder import ShardFolder
from core.pipeline.shards.stages import stage_at_work
from core.pipeline.shards.vectors import embed_spec
from core.progress import Quiet
from tests.benchmarks.reporting import cpu_seconds, paired, say, say_conditions, wall_seconds

REPEATS = 3
SIZE = 64
OPTIONS = Options("cpu", SIZE, "projected", False, "last", False)
SMALL = ("--encoder", "embedded", "--image-size", str(SIZE), "--layers", "last", "--device", "cpu")
ROOT = Path(__file__).parents[2]


def divided(folder: Path, images: int, parts: int) -> tuple[Path, ShardFolder]:
    """So many of the bundled images, and shards of them, which are opened."""
    part = folder / "part.parquet"
    pq.write_table(pq.read_table(sample_path()).slice(0, images), part)
    shards = shard(str(part), Quiet(), to=folder / "shards", rows=max(images // parts, 1), options=sample_options())
    begin(shards, ingest_spec(shards))
    opened = stage_at_work(shards.path, ingest_spec(shards), ())
    for number in range(shards.count):
        opened(number)
    return part, shards


def embedding(shards: ShardFolder, images: int) -> tuple[Ledger, Work]:
    """The stage that embeds them, begun."""
    merged = {"sides": np.array([28]), "side_counts": np.array([images]), "split_counts": np.array([images])}
    spec = embed_spec(ingest_spec(shards).name, merged, "embedded", OPTIONS, Quiet())
    return begin(shards, spec), Work(stages.__name__, stage_at_work.__name__, (shards.path, spec, ()))


def throughput(folder: Path, images: int) -> None:
    """The stage of embedding over shards, and `hardlook embed`, of the same images."""
    part, shards = divided(folder, images, 4)
    _, at = embedding(shards, images)
    work = stage_at_work(*at.arguments)
    work(0)  # loads the encoder
    ratios, rates = [], []
    for repeat in range(REPEATS):
        ours = cpu_seconds(lambda: [work(number) for number in range(shards.count)])
        audit = ingest(str(part), Quiet(), name=f"a{repeat}", options=sample_options(), folder=folder / "audits")
        encoder, of = prepare(audit, "embedded", OPTIONS, Quiet())
        theirs = cpu_seconds(partial(embed_with, audit, encoder, of, Quiet()))
        ratios.append(theirs / ours)
        rates.append(images / ours)
    ratio = median(ratios)
    say(f"embedding over shards, {images:,} images at {SIZE} pixels, against `hardlook embed`, of CPU time",
        f"{ratio:.2f} ({median(rates):.0f} images/CPU-s)", "0.9", ratio >= 0.9)  # fmt: skip


def by_the_clock(folder: Path, images: int) -> None:
    """`hardlook embed shards`, with a process a core, and `hardlook embed`, with a thread a core, from start to end."""
    part, shards = divided(folder, images, 24)
    environment = {**os.environ, "HARDLOOK_AUDITS": str(folder / "audits")}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "HARDLOOK_THREADS"):
        environment.pop(name)

    def hardlook(*words: str) -> None:
        program = [sys.executable, "-m", "core", "embed", *words, *SMALL]
        subprocess.run(program, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)

    ratios, seconds = [], []
    for repeat in range(REPEATS):
        audit = ingest(str(part), Quiet(), name=f"a{repeat}", options=sample_options(), folder=folder / "audits")
        ours = wall_seconds(partial(hardlook, str(shards.path), "--engine", "local"))
        theirs = wall_seconds(partial(hardlook, "--audit", audit.name))
        ratios.append(theirs / ours)
        seconds.append(ours)
        for made in shards.path.glob("embed-*"):
            shutil.rmtree(made)
    say(f"the same by the clock, starts too, {images:,} images in {shards.count} shards, {os.cpu_count()} processes",
        f"{median(ratios):.2f} ({median(seconds):.0f} s)", "", None)  # fmt: skip


def ray_against_processes(folder: Path, images: int) -> None:
    """The stage of embedding by two actors and by two processes, all of which have begun."""
    if importlib.util.find_spec("ray") is None:
        say("Ray with two workers against two local processes", "Ray is not installed", "", None)
        return
    _, shards = divided(folder, images, 24)
    ledger, work = embedding(shards, images)

    def embedded(workers: Workers[Any]) -> None:
        for number in ledger.done():
            ledger.part(number).unlink()
        run_shards(ledger, range(shards.count), work, workers, lambda _: None)

    processes, actors = (ENGINES[name](EngineChoice(name, 2), shards.count, Quiet()) for name in ("local", "ray"))
    with processes, actors:
        embedded(processes)
        embedded(actors)
        pair = paired(partial(embedded, actors), partial(embedded, processes), REPEATS + 2, wall_seconds)
    say(f"Ray with two workers against two local processes, {shards.count} shards, after its start",
        f"{pair.ratio:.2f} ({pair.ours:.1f} s)", "0.85", pair.ratio >= 0.85)  # fmt: skip


def nothing(folder: Path) -> Callable[[int], None]:
    """A stage whose files are empty."""
    return lambda job: (folder / f"part-{job:05d}.npz").touch()


def drive(folder: Path, count: int, engine: str) -> None:
    """Have so many shards of nothing done, and say the peak memory of this process in kB."""
    ledger = Ledger(folder, ".npz")
    ledger.begin()
    with ENGINES[engine](EngineChoice(engine, 1), count, Quiet()) as workers:
        run_shards(ledger, range(count), Work(__spec__.name, "nothing", (folder,)), workers, lambda _: None)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def driver(folder: Path, counts: tuple[int, int], engine: str) -> None:
    """A driver's peak memory and time a shard, with few and with many shards."""
    peaks = []
    for count in counts:
        place = str(folder / f"{engine}-{count}")
        called = f"drive(Path({place!r}), {count}, {engine!r})"
        code = f"from tests.benchmarks.bench_shards import *\nif __name__ == '__main__': {called}"
        script = folder / "drive.py"
        script.write_text(code)
        started = time.perf_counter()
        peaks.append(peak(script))
        seconds = time.perf_counter() - started
        say(f"driver of {count:,} shards that do nothing, {engine}, with its start", f"{seconds:.1f} s", "", None)
    more = (peaks[1] - peaks[0]) / 1024
    say(f"its peak memory with {counts[1]:,} shards, above that with {counts[0]:,}, {engine}", f"{more:+.1f} MB of "
        f"{peaks[0] / 1024:.0f}", "+20 MB", more <= 20)  # fmt: skip


def peak(script: Path) -> int:
    """What a process that drives says of itself."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    return int(subprocess.check_output(command, cwd=ROOT, env=environment, text=True))


def listing(folder: Path, count: int) -> None:
    """How long it takes to say how so many shards stand."""
    ledger = Ledger(folder / "listed", ".npz")
    ledger.begin()
    for number in range(count):
        ledger.part(number).touch()
    for number in range(0, count, count // 100):
        ledger.fail(number + count, "it ended", refused=bool(number % 2))
    seconds = median(wall_seconds(ledger.standing) for _ in range(REPEATS))
    say(f"ledger of {count:,} shards listed", f"{seconds:.2f} s", "2 s", seconds < 2)


def main() -> None:
    """Print every measurement."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--images", type=int, default=2000)
    asked.add_argument("--shards", type=int, default=10_000)
    asked.add_argument("--ledger", type=int, default=100_000)
    asked.add_argument("--only", default="", help="a measurement whose name begins so")
    chosen = asked.parse_args()
    measurements: dict[str, Callable[[Path], None]] = {
        "listing": lambda folder: listing(folder, chosen.ledger),
        "driver": lambda folder: driver(folder, (10, chosen.shards), "local"),
        "driver by ray": lambda folder: driver(folder, (10, chosen.shards), "ray"),
        "throughput": lambda folder: throughput(folder, chosen.images),
        "by the clock": lambda folder: by_the_clock(folder, chosen.images),
        "ray": lambda folder: ray_against_processes(folder, chosen.images),
    }
    say_conditions("shards")
    for name, measure in measurements.items():
        if name.startswith(chosen.only):
            with tempfile.TemporaryDirectory() as folder:
                measure(Path(folder))


if __name__ == "__main__":
    main()
