"""The shape of the house: rooms, their size, who may know whom, and no name for two things."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
FULL = 20  # files in a folder, beyond which nobody finds anything at a glance
AT_THE_ROOT = {"__init__.py", "__main__.py", "errors.py", "types.py", "wording.py", "progress.py", "device.py"}


def modules() -> list[Path]:
    return [path for room in ("core", "pages") for path in sorted((ROOT / room).rglob("*.py"))]


def test_core_itself_holds_only_what_every_room_needs() -> None:
    assert {path.name for path in (ROOT / "core").iterdir() if path.is_file()} == AT_THE_ROOT


def test_no_folder_holds_more_files_than_one_can_take_in() -> None:
    folders = {path.parent for path in modules()}
    files = {folder: [path for path in folder.iterdir() if path.is_file()] for folder in folders}
    assert {str(folder.relative_to(ROOT)): len(inside) for folder, inside in files.items() if len(inside) > FULL} == {}


def test_no_class_name_is_used_twice() -> None:
    places = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_every_room_but_the_store_is_forbidden_duckdb() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = [one for one in contracts if one["name"] == "all of core but the store never imports duckdb"]
    inside = (ROOT / "core").iterdir()
    rooms = {f"core.{path.stem}" for path in inside if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert set(contract["source_modules"]) == rooms - {"core.store", "core.__init__", "core.__main__"}


def test_every_contract_has_its_reason_beside_it() -> None:
    blocks = (ROOT / "pyproject.toml").read_text().split("[[tool.importlinter.contracts]]\n")[1:]
    assert [block.splitlines()[0] for block in blocks if not block.startswith("#")] == []
