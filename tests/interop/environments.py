"""An environment for each program that a format was made for: `python -m tests.interop.environments [NAME …]`.

A program's own pins (FiftyOne's pandas, Label Studio's Django) would hold ours back, so each lives apart and is asked
by a script. What a program needs is its group `interop-NAME` in pyproject.toml. Environments are made once, in
.interop/ or where HARDLOOK_INTEROP says, and made again when the group changes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PREFIX = "interop-"
BESIDE_OURS = frozenset({"trainers"})
"""Programs that run in one process with our code: their environments see this one's packages too."""


def folder(name: str) -> Path:
    """Where a program's environment is, made or not."""
    return Path(os.environ.get("HARDLOOK_INTEROP", ROOT / ".interop")) / name


def requirements() -> dict[str, list[str]]:
    """Program -> what it needs, as pyproject.toml says."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return {name.removeprefix(PREFIX): needs for name, needs in groups.items() if name.startswith(PREFIX)}


def python_of(name: str) -> Path | None:
    """The interpreter of a program's environment, None where it is not made, or of other requirements."""
    made = folder(name) / "made.txt"
    return folder(name) / "bin" / "python" if made.is_file() and made.read_text() == _note(name) else None


def make(name: str) -> None:
    """Make a program's environment. Raises CalledProcessError where pip cannot."""
    place = folder(name)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
    if name in BESIDE_OURS:
        (_packages(place) / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, *requirements()[name]], check=True)
    (place / "made.txt").write_text(_note(name))


def _packages(place: Path) -> Path:
    return place / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def _note(name: str) -> str:
    return "\n".join(requirements()[name]) + "\n"


if __name__ == "__main__":
    for wanted in sys.argv[1:] or requirements():
        if python_of(wanted) is None:
            print(f"making the environment of {wanted} in {folder(wanted)}")
            make(wanted)
