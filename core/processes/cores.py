"""How many threads a process is to compute with: the cores that it may run on, or what its user asked for."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import BadInput

THREADS_VARIABLE = "HARDLOOK_THREADS"


def physical_cores() -> int:
    """Cores this process may run on, counting two hyperthreads of one core once; at least 1."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    siblings = Path("/sys/devices/system/cpu")
    cores = set()
    for cpu in allowed:
        shared = siblings / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        cores.add(shared.read_text().strip() if shared.is_file() else str(cpu))
    return max(len(cores), 1)


def asked_threads() -> int:
    """What HARDLOOK_THREADS says, 0 where it says nothing. Raises BadInput where it is not a positive whole number."""
    asked = os.environ.get(THREADS_VARIABLE, "")
    if asked and not (asked.isdigit() and int(asked) > 0):
        raise BadInput(
            f"{THREADS_VARIABLE} is {asked!r}, not a number of threads.", "Set it to 1 or more, or unset it."
        )
    return int(asked or 0)
