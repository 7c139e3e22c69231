"""The dashboard's scripts under node: lint, types and unit tests, as `make check` and `make test` run them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def npm() -> str:
    """npm, with what the checks need installed; without either the tests skip, or fail where CI is set."""
    program = shutil.which("npm")
    if program and (ROOT / "node_modules" / "jsdom").is_dir():
        return program
    missing = "needs node's packages: run `make scripts`" if program else "needs node 18 or newer with npm"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.mark.parametrize("script", ["lint", "types", "test"])
def test_the_scripts_pass(npm: str, script: str) -> None:
    done = subprocess.run([npm, "run", "--silent", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_script_of_the_pages_is_looked_at(npm: str) -> None:
    listed = subprocess.run(
        [npm, "exec", "--", "tsc", "--project", "jsconfig.json", "--listFilesOnly"], cwd=ROOT, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    looked_at = {Path(line).name for line in listed.stdout.splitlines()}
    assert {path.name for path in (ROOT / "pages").rglob("*.js")} <= looked_at
