"""What all parts of the GPU's measurements share: a time budget, clocks that wait for the device, a row of figures."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import torch

# Dense operations a second by the makers' data sheets, the first name that is part of the card's; a product is two.
PEAKS: dict[str, dict[str, float]] = {
    "H100 PCIe": {"bfloat16": 756e12, "float32": 51e12, "float64": 51e12},
    "H100": {"bfloat16": 989e12, "float32": 67e12, "float64": 67e12},
    "H200": {"bfloat16": 989e12, "float32": 67e12, "float64": 67e12},
    "A100": {"bfloat16": 312e12, "float32": 19.5e12, "float64": 19.5e12},
    "L40S": {"bfloat16": 362e12, "float32": 91.6e12, "float64": 1.4e12},
    "A10": {"bfloat16": 125e12, "float32": 31.2e12, "float64": 0.98e12},
    "L4": {"bfloat16": 121e12, "float32": 30.3e12, "float64": 0.47e12},
}
LEAST = 3
"""Repeats of what is timed, of which the median counts."""


def peak_of(card: str, precision: str) -> float | None:
    """Operations a second that a card is sold with, None where we do not know it."""
    return next((rates.get(precision) for name, rates in PEAKS.items() if name in card), None)


@dataclass(frozen=True)
class Row:
    """One figure. ratio: against what `against` says; share: of the card's peak, 0..1. None for what there is not."""

    what: str
    figure: float
    unit: str
    ratio: float | None = None
    against: str = ""
    share: float | None = None
    note: str = ""


@dataclass
class Bench:
    """Where one part computes, and until when. tiny: sizes that say nothing, to see that it runs."""

    device: torch.device
    tiny: bool
    seconds: float
    rows: list[Row] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> float:
        """Seconds of the budget."""
        return self.seconds - (time.perf_counter() - self.started)

    @property
    def card(self) -> str:
        """The GPU's name, "CPU" without one."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "CPU"

    def wait(self) -> None:
        """Until the device has done what it was asked for."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def timed(self, work: Callable[[], Any]) -> tuple[Any, float]:
        """What one call gives, and its elapsed seconds."""
        self.wait()
        started = time.perf_counter()
        made = work()
        self.wait()
        return made, time.perf_counter() - started

    def once(self, work: Callable[[], object]) -> float:
        """Elapsed seconds of one call."""
        return self.timed(work)[1]

    def time(self, work: Callable[[], object], most: float) -> float:
        """Median seconds of a call, after one that does not count, for `most` seconds or what is left of the budget."""
        end = time.perf_counter() + min(most, self.left)
        self.once(work)
        runs = [self.once(work)]
        while len(runs) < LEAST or time.perf_counter() < end:
            runs.append(self.once(work))
            if len(runs) >= LEAST and (self.tiny or self.left < 0):
                break
        return median(runs)

    def sizes(self, small: int, full: int) -> list[int]:
        """What a part tries in turn: only small ones where that is all there is to see."""
        return [small] if self.tiny else [small, full]

    def share(self, operations: float, precision: str) -> float | None:
        """Of the card's peak, None where it is not known. operations: a second."""
        peak = peak_of(self.card, precision)
        return None if peak is None else operations / peak

    def say(self, what: str, figure: float, unit: str, **more: object) -> None:
        """Keep a row and print it."""
        self.rows.append(Row(what, figure, unit, **more))  # type: ignore[arg-type]
        print(f"   {what}: {figure:,.4g} {unit}", *(f"{name} {value}" for name, value in more.items()), flush=True)


def forget_peak(device: torch.device) -> None:
    """Begin to count memory anew."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> float:
    """GB at most since then: PyTorch's on a GPU, which faiss's is not part of; the whole process's on the CPU."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
