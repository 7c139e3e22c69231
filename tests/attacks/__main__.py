"""Every attack at length: python -m tests.attacks [--only kills] [--at-once 2] [--seed 1], or make attack.

An attack is a module below this folder whose first lines say how to start it. Its figures are printed, where several
run at once as each ends; one that fails does not keep the others from running, and the exit code then says so.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.reporting import say_conditions

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def attacks() -> list[str]:
    """The modules that are attacks, by name."""
    found = []
    for path in sorted(HERE.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        first_lines = path.read_text(encoding="utf-8").split('"""')[1]
        if re.search(rf"python -m {re.escape(module)}\b", first_lines):
            found.append(module)
    return found


def run(module: str, seed: int, aloud: bool) -> bool:
    """Run one in a process of its own; whether it found nothing. aloud: as it speaks, not when it has ended."""
    start = time.monotonic()
    output = None if aloud else subprocess.PIPE
    if aloud:
        say_conditions(module)
    command = [sys.executable, "-m", module, "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=output, text=True)
    if not aloud:
        say_conditions(module)
        print(done.stdout, end="")
    print(f"{module}: {(time.monotonic() - start) / 60:.1f} minutes", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run them all; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="Part of a name.")
    parser.add_argument("--at-once", type=int, default=1, help="So many side by side.")
    parser.add_argument("--seed", type=int, default=0, help="Other moments, parts and bytes for each other number.")
    given = parser.parse_args()
    chosen = [module for module in attacks() if given.only in module]
    with ThreadPoolExecutor(given.at_once) as pool:
        passed = list(pool.map(lambda module: run(module, given.seed, aloud=given.at_once == 1), chosen))
    failed = [module for module, well in zip(chosen, passed, strict=True) if not well]
    print(f"failed: {', '.join(failed)}" if failed else "nothing failed", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
