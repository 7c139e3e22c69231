"""Where files are removed: in few places, and of what is named from outside in one."""

from __future__ import annotations

import ast
from pathlib import Path

CORE = Path(__file__).parents[2] / "core"
OWN_TEMPORARIES = {
    "api/arguments/images.py",
    "files/leftovers.py", "files/whole.py", "store/items.py", "store/database/partial.py", "store/thumbnails.py",
    "remote/place.py", "store/beginning.py", "store/writer.py",
    "training/states.py",
}  # fmt: skip
"""Files that remove what they wrote themselves under a name of their own making, and nothing else."""


def calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func).rpartition(".")[2] for node in ast.walk(tree) if isinstance(node, ast.Call)}


def removes(path: Path) -> bool:
    """Whether a file has something removed, by the system's calls or by `leftovers.remove`, which asks nothing."""
    return bool(calls(path) & {"unlink", "rmtree", "rmdir"}) or "leftovers.remove(" in path.read_text(encoding="utf-8")


def test_what_is_named_from_outside_is_removed_in_one_place() -> None:
    removing = {str(path.relative_to(CORE)) for path in CORE.rglob("*.py") if removes(path)}
    assert removing == OWN_TEMPORARIES | {"store/paths.py"}


def test_folders_are_removed_in_one_place() -> None:
    assert [path.name for path in CORE.rglob("*.py") if "rmtree" in calls(path)] == ["leftovers.py"]
