"""A run that turns out to be damaged while a page is drawn is said and left out, wherever the page meets it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import RunUnreadable
from core.store import views
from tests.audits import build_audit
from tests.pages.conftest import text
from tests.pages.drawn import ROOT

RUN_ALONE = {"fragment", "dialog"}


def test_parts_that_are_run_alone_say_their_errors_themselves() -> None:
    """Streamlit shows a traceback of what leaves one, and asks the page around it nothing."""
    for path in [*ROOT.glob("pages/**/*.py"), ROOT / "app.py"]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        made = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in RUN_ALONE]
        made = [node for node in made if isinstance(node.value, ast.Name) and node.value.id == "st"]
        called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not made or "explained" in called, path


def test_a_run_whose_values_alone_are_damaged_is_left_out_by_the_part_that_reads_them(
    show: Callable[..., AppTest], tmp_path: Path
) -> None:
    audit = build_audit(tmp_path).audit
    run = audit.latest("score", "rmd")
    path = audit.run_path(run.run_id)
    whole = path.read_bytes()
    for block in range(3 * 4096, len(whole), 262_144):
        flipped = bytearray(whole)
        flipped[block + 100] ^= 1
        path.write_bytes(flipped)
        try:
            hub = views.open_hub(audit, [run])
        except RunUnreadable:
            continue  # found before the page asks for it
        try:
            views.score(hub, f"{run.run_id}:rmd")
        except RunUnreadable:
            break
    else:
        pytest.fail("no block holds the values alone")
    path.touch()  # as another file, which nothing is known of yet
    app = show("hardest_easiest", {"audit": "sample", "score": f"{run.run_id}:rmd"})
    assert not app.exception
    assert f"{run.run_id}.duckdb cannot be read" in text(app)
