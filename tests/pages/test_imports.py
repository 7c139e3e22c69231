"""What a page imports is what starts with the dashboard: it must stay light, and must not load `core` twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("pyarrow", "torch", "torchvision", "sklearn", "faiss", "open_clip", "timm")


def imported_by_the_pages() -> set[str]:
    """Modules in a process that imports what app.py and every page import."""
    script = """
import ast, sys, pathlib
sys.path.insert(0, str(pathlib.Path.cwd()))
for path in [pathlib.Path("app.py"), *sorted(pathlib.Path("pages").rglob("*.py"))]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            exec(compile(ast.Module([node], []), str(path), "exec"), {"__name__": "x"})
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_pages_import_nothing_heavy_and_one_core() -> None:
    modules = imported_by_the_pages()
    assert "core.answers.view.ranking" in modules
    assert not modules & set(HEAVY)
    assert not [name for name in modules if name.startswith("hardlook")]


def test_what_the_server_waits_for_reads_no_audit() -> None:
    """app.py is imported before the server listens: NumPy and DuckDB would be waited for in front of a blank page."""
    script = "import sys; sys.path.insert(0, '.'); import app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "pages.components.layout.empty" in modules
    assert not modules & {"numpy", "duckdb", "pyarrow", "pandas", "core.answers", "core.store"}
