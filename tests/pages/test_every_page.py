"""Every page on every kind of audit, by Streamlit's own test runner. What one page does is in its own test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.store.audit import create_audit
from tests.pages.conftest import ROOT, components, text
from tests.serving import PAGES

KINDS: dict[str, dict[str, Any]] = {
    "images only": {"n": 20, "runs": False},
    "as the bundled one": {"n": 200, "mapped": True},
    "one class": {"n": 60, "n_classes": 1, "mapped": True},
    "unlabelled": {"n": 60, "labelled": False, "mapped": True},
    "a run in progress": {"n": 60, "unfinished": True, "mapped": True},
    "a thousand classes": {"n": 1000, "n_classes": 1000, "mapped": True},
    "not evaluated": {"n": 60, "evaluated": False, "mapped": True},
    "five images": {"n": 5, "mapped": True},
}
"""Kind -> how `build_audit` makes it."""

# What each page asks for first, where there are images and nothing else.
FIRST = {"label_suspects": "score suspicion", "embedding_map": "project", "calibration": "train", "runs": "embed"}

every_page = pytest.mark.parametrize("name", PAGES.values())


def test_every_page_is_among_them() -> None:
    assert sorted(PAGES.values()) == sorted(path.stem for path in (ROOT / "pages").glob("[!_]*.py"))


@every_page
def test_without_an_audit_the_commands_that_make_one_are_named(show: Callable[..., AppTest], name: str) -> None:
    app = show(name)
    assert not app.exception
    assert "There is no audit" in text(app)
    assert "hardlook demo" in text(app)


@every_page
def test_an_audit_without_images_names_the_command(show: Callable[..., AppTest], tmp_path: Path, name: str) -> None:
    create_audit("new", tmp_path)
    app = show(name)
    assert not app.exception
    assert "hardlook audit PATH --audit new" in text(app)


@every_page
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_audit_is_shown(
    show: Callable[..., AppTest], folder_with: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str,
    kind: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HARDLOOK_AUDITS", folder_with(**KINDS[kind]))
    app = show(name)
    assert not app.exception
    said, drawn = text(app), components(app)
    assert "labels as given" in said
    if kind == "images only":
        assert f"hardlook {FIRST.get(name, 'score rmd')}" in said
        assert "--audit sample" in said
    # A page that cannot draw names the command that would let it, or the choice above it that would.
    assert drawn or app.get("plotly_chart") or "hardlook " in said or "Choose other images" in said
