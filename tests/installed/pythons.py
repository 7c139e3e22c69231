"""The interpreters of this machine that Hardlook is for: on the path, and those that pyenv keeps."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")


def pythons() -> dict[str, Path]:
    """Version -> an interpreter of it, for the supported versions that are here and can make environments."""
    found = {version: path for version in SUPPORTED if (path := _python(version)) is not None}
    return {version: path for version, path in found.items() if _works(path)}


def _python(version: str) -> Path | None:
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    of_pyenv = sorted(kept.glob(f"{version}.*/bin/python{version}"))
    on_path = shutil.which(f"python{version}")
    return of_pyenv[-1] if of_pyenv else Path(on_path) if on_path else None


def _works(path: Path) -> bool:
    return subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0
