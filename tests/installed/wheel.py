"""The wheel, built from what git tracks, so that nothing lying about gets in or makes up for a gap."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build_wheel(source: Path, out: Path) -> Path:
    """Copy the tracked files into one empty folder and build into the other. Raises CalledProcessError."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in filter(None, tracked):
        original, copy = ROOT / name.decode(), source / name.decode()
        if original.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(original.read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(command, capture_output=True, check=True)
    (built,) = out.glob("*.whl")
    return built
