"""How every benchmark measures and reports: paired runs in turn, CPU time, medians, the machine's state beside them."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles


def say_conditions(what: str) -> None:
    """The machine, the threads in use and how busy it is: a figure means little without them."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    print(f"== {what}\n   {model}, {os.cpu_count()} cores; OMP_NUM_THREADS {threads}; load {load}", flush=True)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call, all threads of this process: what neighbours take does not count."""
    started = time.process_time()
    work()
    return time.process_time() - started


def wall_seconds(work: Callable[[], object]) -> float:
    """Elapsed time of one call: for work that waits for the disk."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass(frozen=True)
class Pair:
    """Medians in seconds of our work and a rival's, and the median of rival / ours over the runs."""

    ours: float
    rival: float
    ratio: float


def paired(
    ours: Callable[[], object],
    rival: Callable[[], object],
    repeats: int,
    clock: Callable[[Callable[[], object]], float] = cpu_seconds,
) -> Pair:
    """Both in turn, so that other load falls on both; each pair gives one ratio."""
    runs = [(clock(ours), clock(rival)) for _ in range(repeats)]
    return Pair(median(a for a, _ in runs), median(b for _, b in runs), median(b / a for a, b in runs))


def say(what: str, figure: str, target: str, met: bool | None) -> None:
    """One row: what was measured, the figure, the target and whether it was met (None: there is no target)."""
    verdict = "" if met is None else "met" if met else "MISSED"
    print(f"   {what:<58} {figure:>24}   {target:<18} {verdict}", flush=True)


def report(what: str, times: list[float], median_most: float | None, p95_most: float) -> None:
    """One row of a list of milliseconds."""
    middle, p95 = median(times), quantiles(times, n=20, method="inclusive")[-1]
    target = f"p95 ≤ {p95_most:.0f}" if median_most is None else f"≤ {median_most:.0f} / p95 ≤ {p95_most:.0f}"
    met = p95 <= p95_most and (median_most is None or middle <= median_most)
    say(f"{what} ({len(times)})", f"{middle:.0f} ms, p95 {p95:.0f} ms", target, met)
