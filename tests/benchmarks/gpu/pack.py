"""What a machine with a GPU and without a network needs to run the measurements, in one folder.

Run: python -m tests.benchmarks.gpu.pack FOLDER [--python 3.12] [--has torch numpy …] [--most 60]

Wheels of what the measurements import and that machine has not are fetched here through pip, up to so many MB; run.sh
installs them there beside what it has, and runs the tests marked gpu and bench_gpu. left-out.txt says what could not be
brought, and what is then not measured. The checkout itself has to be there too: run.sh is started in it.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

WANTED = {
    "open_clip_torch": "embedding", "ftfy": "embedding", "wcwidth": "embedding", "regex": "embedding",
    "faiss-cpu": "neighbours against the CPU, suspicion", "imagecodecs": "reading images", "tifffile": "reading images",
    "threadpoolctl": "folds", "pyarrow": "reading images", "typer": "starting", "rich": "starting",
}  # fmt: skip
"""Distribution -> what is not measured without it. Everything else that is imported comes with PyTorch's own world."""
NEVER = {"faiss-gpu": "faiss's own search on the GPU, 135 MB and 743 MB of CUDA 12: PyTorch searches instead"}
PLATFORMS = [f"manylinux_{tag}_x86_64" for tag in ("2_28", "2_27", "2_26", "2_24", "2_17")]
PLATFORMS += ["manylinux2014_x86_64", "manylinux1_x86_64"]
RUN = """\
#!/bin/sh
# Made by tests/benchmarks/gpu/pack.py. Start it in the checkout: sh {name}/run.sh [FOLDER for the figures]
here=$(cd "$(dirname "$0")" && pwd) out=${{1:-${{OUT:-.}}}} site=$(mktemp -d)
if ls "$here"/*.whl >/dev/null 2>&1; then
    python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --target "$site" "$here"/*.whl || exit
fi
export PYTHONPATH="$site:$PWD" PYTHONUNBUFFERED=1
python3 -m pytest -q -m gpu -c /dev/null -W ignore -p no:cacheprovider --import-mode=importlib {tests}
tests=$?
python3 -m tests.benchmarks.bench_gpu --out "$out" && exit $tests
"""
TESTS = ("tests/engines", "tests/maths/test_neighbors_on_gpu.py")
"""Where the tests marked gpu are."""


@dataclass(frozen=True)
class Packed:
    """brought: file names of wheels. left_out: distribution -> why, and what is not measured without it."""

    brought: list[str]
    left_out: dict[str, str]


def pack(folder: Path, python: str, has: set[str], most: float) -> Packed:
    """Fill the folder. python: of the machine there. has: what it has, by distribution. most: MB."""
    folder.mkdir(parents=True, exist_ok=True)
    left_out, brought, size = dict(NEVER), [], 0.0
    for name, without in WANTED.items():
        if name.lower() in {each.lower() for each in has}:
            continue
        with tempfile.TemporaryDirectory() as there:
            if why := fetched(f"{name}=={version(name)}", python, Path(there)):
                left_out[name] = f"{without}: {why}"
                continue
            (wheel,) = Path(there).iterdir()
            megabytes = wheel.stat().st_size / 1e6
            if size + megabytes > most:
                left_out[name] = f"{without}: {megabytes:.0f} MB, and {most - size:.0f} are left of {most:.0f}"
                continue
            (folder / wheel.name).write_bytes(wheel.read_bytes())
            size += megabytes
            brought.append(wheel.name)
    (folder / "left-out.txt").write_text("".join(f"{name}: {why}\n" for name, why in left_out.items()))
    (folder / "run.sh").write_text(RUN.format(name=shlex.quote(folder.name), tests=" ".join(TESTS)))
    return Packed(brought, left_out)


def fetched(requirement: str, python: str, folder: Path) -> str:
    """Fetch a wheel for Linux on x86-64 through pip; why it could not be had, "" if it was."""
    platforms = [word for name in PLATFORMS for word in ("--platform", name)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--retries", "0",
         "--implementation", "cp", "--python-version", python, *platforms, "-d", str(folder), requirement],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if not done.returncode:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return lines[-1] if lines else f"pip ended with {done.returncode}"


def main() -> int:
    """Pack, and say what was brought and what could not be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default="3.12", help="Python of the machine there")
    parser.add_argument("--has", nargs="*", default=[], help="distributions that it has")
    parser.add_argument("--most", type=float, default=60.0, help="MB of wheels")
    asked = parser.parse_args()
    packed = pack(asked.folder, asked.python, set(asked.has), asked.most)
    size = sum(path.stat().st_size for path in asked.folder.iterdir()) / 1e6
    print(f"{len(packed.brought)} wheels, {size:.1f} MB, in {asked.folder}: {', '.join(packed.brought)}")
    for name, why in packed.left_out.items():
        print(f"left out {name}: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
