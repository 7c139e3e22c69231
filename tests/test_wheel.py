"""What gets installed: one top-level name, and every file the product needs under it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import core.api
from tests.installed.pythons import SUPPORTED, pythons
from tests.installed.wheel import build_wheel

ROOT = Path(__file__).parents[1]
SHIPPED = ("core", "pages", "data")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """Its files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_installs_one_name(names: set[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith((".dist-info", ".data"))} == {"hardlook"}


def test_every_module_and_every_file_the_pages_load_is_in_the_wheel(names: set[str]) -> None:
    wanted = {ROOT / "app.py", ROOT / "__init__.py", ROOT / "py.typed", ROOT / ".streamlit" / "config.toml"}
    for folder in SHIPPED:
        for kind in ("*.py", "*.js", "*.css", "*.jinja", "*.parquet", "LICENSE-*"):
            wanted |= {path for path in (ROOT / folder).rglob(kind) if "__pycache__" not in path.parts}
    missing = {path.relative_to(ROOT) for path in wanted if f"hardlook/{path.relative_to(ROOT)}" not in names}
    assert not missing


def test_the_package_list_names_every_folder_that_holds_a_module() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    folders = {path.parent for folder in SHIPPED for path in (ROOT / folder).rglob("*.py")}
    found = {
        "hardlook." + ".".join(folder.relative_to(ROOT).parts) for folder in folders if folder.name != "__pycache__"
    }
    assert listed == found | {"hardlook"}


def test_the_manual_page_is_where_man_looks_for_it(names: set[str]) -> None:
    assert [name for name in names if name.endswith(".data/data/share/man/man1/hardlook.1")]


def test_the_tests_and_the_shared_data_stay_out(names: set[str]) -> None:
    assert not [name for name in names if "test" in name.replace("self_test", "") or name.startswith("hardlook/docs")]


def test_the_installed_package_gives_the_public_names(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = (
        "import hardlook; print(hardlook.__file__); print(hardlook.aurc([2, 1], [True, False])); "
        "print(all(hasattr(hardlook, name) for name in dir(hardlook)), len(dir(hardlook)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    file, aurc, names = done.stdout.splitlines()
    assert Path(file) == tmp_path / "installed" / "hardlook" / "__init__.py"
    assert float(aurc) == 0.25
    assert names == f"True {len(core.api.__all__)}"


@pytest.mark.parametrize("version", SUPPORTED)
def test_every_supported_python_that_is_here_can_read_every_module(version: str, wheel: Path, tmp_path: Path) -> None:
    """`make installed` runs the demo and the dashboard in an empty environment of each, which takes gigabytes."""
    if version not in pythons():
        pytest.skip(f"there is no Python {version} here")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = [str(pythons()[version]), "-W", "error", "-m", "compileall", "-q", str(tmp_path / "hardlook")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_versions_that_are_said_are_those_that_are_tried() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    assert [one.rpartition(" ")[2] for one in said if "Python :: 3." in one] == list(SUPPORTED)
