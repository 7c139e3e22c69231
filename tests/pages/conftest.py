"""Pages run by Streamlit's own test runner, on real audits and with any address."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit, publish_map
from tests.pages.drawn import ROOT, draw_page, pages_as_app_says

__all__ = ["ROOT"]


@pytest.fixture(scope="session")
def folder_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """A folder with one audit, built once for all tests that read the same."""

    @lru_cache
    def build(*, mapped: bool = False, **audit: Any) -> str:
        folder = tmp_path_factory.mktemp("audits")
        made = build_audit(folder, **audit)
        if mapped:
            publish_map(made)
        return str(folder)

    return build


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Runs a page on the audits in tmp_path with an address."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    monkeypatch.delenv("HARDLOOK_AUDIT", raising=False)
    with pages_as_app_says():
        yield lambda name, address=None: draw_page(name, address or {})


def text(app: AppTest) -> str:
    """What a page says outside its components."""
    return "\n".join([element.proto.body for element in app.get("html")] + [code.value for code in app.code])


def components(app: AppTest) -> dict[str, Any]:
    """The data each component was given, by component."""
    return {each.proto.component_name: json.loads(each.proto.json)[0] for each in app.get("bidi_component")}


def titles(app: AppTest) -> list[str]:
    """Title and subtitle of every figure."""
    layouts = [json.loads(chart.proto.spec)["layout"]["title"] for chart in app.get("plotly_chart")]
    return [f"{title['text']}: {title['subtitle']['text']}" for title in layouts]
