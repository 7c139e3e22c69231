"""What computes: GPU, threads and memory. PyTorch, which takes seconds, is not loaded: its files say it."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

from ...processes.cores import THREADS_VARIABLE, asked_threads, physical_cores
from ...processes.gpus import FAISS_ON_GPU, builds_of_faiss, gpus
from .check import Check

GROUP = Path("/sys/fs/cgroup")
LITTLE, TOO_LITTLE = 2.0, 0.5  # GB of memory: PyTorch alone takes 0.4


def device() -> Check:
    """Where models run."""
    built, count = cuda_of_torch(), gpus()
    if count and not built:
        return Check(
            "Device", "warn", "the CPU: there is a GPU, and this PyTorch is built without CUDA",
            "Run: pip install --force-reinstall torch torchvision",
        )  # fmt: skip
    if count:
        searched = "faiss" if any(FAISS_ON_GPU in name for name in builds_of_faiss()) else "PyTorch"
        said = (
            f"{count} GPU{'s' if count > 1 else ''}, PyTorch for CUDA {built}; neighbours are found there by {searched}"
        )
        return Check("Device", "ok", said)
    return Check("Device", "ok", "the CPU: the driver of no GPU answers")


def threads() -> Check:
    """With how many threads PyTorch computes."""
    asked = asked_threads()
    by = f"as {THREADS_VARIABLE} says" if asked else f"one a core; {THREADS_VARIABLE} sets another number"
    return Check("Threads", "ok", f"{asked or physical_cores()}, {by}")


def memory() -> Check:
    """What is free of it."""
    free = free_memory()
    if free is None:
        return Check("Memory", "ok", "this system does not say how much is free")
    said = f"{free:.1f} GB free"
    if free < TOO_LITTLE:
        return Check("Memory", "fail", f"{said}, and PyTorch alone needs {TOO_LITTLE} GB", "Close other programs.")
    if free < LITTLE:
        return Check("Memory", "warn", said, "Close other programs, or pass --batch-size 16 to embed and train.")
    return Check("Memory", "ok", said)


def cuda_of_torch() -> str:
    """The CUDA that PyTorch is built for, "" for none or no PyTorch."""
    found = importlib.util.find_spec("torch")
    file = Path(found.origin or "").parent / "version.py" if found else Path()
    said = re.search(r"^cuda\b.*= '([\d.]+)'", file.read_text("utf-8"), re.MULTILINE) if file.is_file() else None
    return said[1] if said else ""


def free_memory() -> float | None:
    """GB that a new process may have: what the system has free, or what is left to this process's group if less."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.is_file():
        pages = os.sysconf_names.get("SC_AVPHYS_PAGES") if hasattr(os, "sysconf_names") else None
        return None if pages is None else os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE") / 1e9
    said = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text("utf-8"), re.MULTILINE)
    free = int(said[1]) * 1024 if said else None
    limit, used = (_number(GROUP / name) for name in ("memory.max", "memory.current"))
    if limit is not None and used is not None:
        free = min(free, limit - used) if free is not None else limit - used
    return None if free is None else free / 1e9


def _number(file: Path) -> int | None:
    text = file.read_text("utf-8").strip() if file.is_file() else ""
    return int(text) if text.isdigit() else None
