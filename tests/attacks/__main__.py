"""Every attack at length, one after the other: python -m tests.attacks [--only kills], or make attack.

An attack is a module below this folder whose first lines say how to start it. Its figures are printed; one that fails
does not keep the others from running, and the exit code then says so.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
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


def main() -> int:
    """Run them all, each in a process of its own; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="Part of a name.")
    only = parser.parse_args().only
    failed = []
    for module in attacks():
        if only not in module:
            continue
        say_conditions(module)
        start = time.monotonic()
        if subprocess.run([sys.executable, "-m", module], cwd=ROOT, check=False).returncode:
            failed.append(module)
        print(f"{module}: {(time.monotonic() - start) / 60:.1f} minutes", flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "nothing failed", flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
