"""The public names: the same in package and documentation, whose examples run, and none loaded before it is used."""

from __future__ import annotations

import ast
import doctest
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import core.api
from core.store.audit import Audit

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)[^`\n]*`\n(.*?)(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))
HEAVY = ("torch", "pandas", "numpy", "sklearn", "scipy", "duckdb", "pyarrow", "streamlit", "plotly", "faiss", "PIL")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the checkout is the package `hardlook`, as it is where it is installed."""
    place = tmp_path_factory.mktemp("installed")
    (place / "hardlook").symlink_to(ROOT, target_is_directory=True)
    return {**os.environ, "PYTHONPATH": str(place), "PYTHONSAFEPATH": "1"}


def run(code: str, environment: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_public_name_is_documented_with_an_example() -> None:
    assert set(SECTIONS) == set(core.api.__all__)
    for name, text in SECTIONS.items():
        assert ">>> " in text, name
        assert "*Source*" in text, name
        if callable(getattr(core.api, name)) and name[0].islower():
            for part in ("*Takes*", "*Gives*", "*Raises*"):
                assert part in text, (name, part)


def test_every_signature_in_the_documentation_is_the_one_in_the_code() -> None:
    shown = dict(re.findall(r"^### `(\w+)\(([^`\n]*)\)`$", DOCUMENT, re.MULTILINE))
    for name, text in shown.items():
        parameters = inspect.signature(getattr(core.api, name)).parameters
        tree = ast.parse(f"def f({text}): pass").body[0]
        assert isinstance(tree, ast.FunctionDef)
        written = [*tree.args.args, *tree.args.kwonlyargs, *([tree.args.kwarg] if tree.args.kwarg else [])]
        assert [one.arg for one in written] == list(parameters), name


def test_names_for_type_checkers_are_the_names_that_load() -> None:
    tree = ast.parse((ROOT / "core" / "api" / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(core.api.__all__) == set(dir(core.api))
    for name in core.api.__all__:
        assert getattr(core.api, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        core.api.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_loads_nothing_and_each_name_only_what_it_needs(
    installed: dict[str, str], tmp_path: Path
) -> None:
    heavy = f"{{one for one in {HEAVY!r} if one in sys.modules}}"
    loaded = run(f"import sys, hardlook; dir(hardlook); print(sorted({heavy}))", installed, tmp_path)
    assert loaded.strip() == "[]"
    used = "hardlook.relative_mahalanobis; hardlook.aurc; hardlook.score; hardlook.open_audit"
    code = f"import sys, hardlook; {used}; print('torch' in sys.modules)"
    assert run(code, installed, tmp_path).strip() == "False"
    assert run("from hardlook import *; print(aurc([1, 2], [True, True]))", installed, tmp_path).strip() == "0.0"


def test_the_examples_of_the_documentation_run_as_they_stand(
    audited: Audit, installed: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(audited.path, tmp_path / "demo")
    blocks = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    examples = tmp_path / "examples.txt"
    examples.write_text("\n".join(blocks), encoding="utf-8")
    assert len(doctest.DocTestParser().get_examples(examples.read_text())) > 40
    code = f"import doctest, sys; sys.exit(doctest.testfile({str(examples)!r}, module_relative=False)[0] > 0)"
    run(code, {**installed, "HARDLOOK_AUDITS": str(tmp_path)}, tmp_path)


@pytest.mark.slow
def test_type_checkers_know_every_name_and_no_other(installed: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    known = "\n".join(f"hardlook.{name}" for name in core.api.__all__)
    script.write_text(f"import hardlook\n{known}\nreveal_type(hardlook.aurc)\nhardlook.nothing\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "--python-executable", sys.executable,
         "--ignore-missing-imports", str(script)],
        env=installed, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 'Revealed type is "def (confidence: Any, correct: Any) -> float"' in done.stdout
    (error,) = [line for line in done.stdout.splitlines() if "error:" in line]
    assert 'Module has no attribute "nothing"' in error
