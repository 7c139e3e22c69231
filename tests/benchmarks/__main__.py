"""Every benchmark of BENCHMARKS.md, one after the other: python -m tests.benchmarks [--quick], or make bench.

A benchmark that fails does not keep the others from running; the exit code then says so. `bench_label_errors` and
`bench_suspicion` are not among them: they measure quality, on data that are not part of the project.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.reporting import say_conditions

ROOT = Path(__file__).parents[2]
SCRIPTS: dict[str, list[str]] = {
    "bench_rmd": ["--quick"],
    "bench_store": ["--quick"],
    "bench_growth": ["--quick"],
    "bench_many_classes": ["--classes", "10", "30", "--images", "20", "--kinds", "symmetric"],
    "bench_neighbors": ["--rows", "10000"],
    "bench_vog": ["--images", "8", "--repeats", "2"],
    "bench_train": ["--images", "256", "--repeats", "2"],
    "bench_embed": [],
    "bench_figures": [],
    "bench_page_flip": ["--turns", "5"],
    "bench_dashboard": ["--only", "start", "flips", "figures", "--repeats", "3"],
    "bench_confusion": ["--repeats", "3"],
    "bench_shards": ["--images", "500", "--shards", "1000", "--ledger", "20000"],
    "bench_clusters": ["--images", "20000", "--noise", "0.8"],
    "bench_diff": ["--images", "100000"],
}
"""Name -> its options for a quick run."""


def main() -> int:
    """Run them all, each in a process of its own, on one thread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: minutes, and figures that only hint")
    quick = parser.parse_args().quick
    os.environ["OMP_NUM_THREADS"] = "1"
    failed = []
    for name, options in SCRIPTS.items():
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", *(options if quick else [])]
        say_conditions(name)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
