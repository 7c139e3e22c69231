"""How every attack ends: its faults, and the exit code that says whether there were any."""

from __future__ import annotations

from collections.abc import Sequence


def list_faults(faults: Sequence[str], most: int | None = None) -> int:
    """Print how many there are and the first `most`, a line each. Returns the exit code: 1 if there is one."""
    print(f"faults: {len(faults)}")
    for fault in faults[:most]:
        print(f"  {fault}")
    return 1 if faults else 0
