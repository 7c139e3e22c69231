"""The real programs: each test asks one, in its environment or in ours, and skips with a word where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.interop.environments import ROOT, python_of

MODULES = {
    "fiftyone": "fiftyone", "label-studio": "label_studio", "datasets": "datasets", "cleanlab": "cleanlab",
    "trainers": "transformers",
}  # fmt: skip
"""Program -> the module by which it is known to be installed here; one that is not among them has its environment."""


@dataclass(frozen=True)
class Program:
    """A Python that has the program, and a folder that it takes for its user's."""

    python: Path
    home: Path

    def ask(self, script: str, *arguments: object, timeout: float = 300) -> Any:
        """What a script of programs/ says. Raises AssertionError with its words where it fails."""
        environment = {**os.environ, "HOME": str(self.home), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
        command = [str(self.python), str(Path(__file__).parent / "programs" / script), *map(str, arguments)]
        run = subprocess.run(command, env=environment, cwd=self.home, capture_output=True, text=True, timeout=timeout)
        assert run.returncode == 0, f"{script} failed:\n{run.stdout[-2000:]}\n{run.stderr[-6000:]}"
        return json.loads(run.stdout.splitlines()[-1])


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Program]:
    """A program by name; the test skips where it is neither in an environment of its own nor in this one."""

    def find(name: str) -> Program:
        python = python_of(name) or (Path(sys.executable) if find_spec(MODULES.get(name, "none_such")) else None)
        if python is None:
            pytest.skip(f"{name} is not installed; `make interop` installs it")
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        return Program(python, home)

    return find
