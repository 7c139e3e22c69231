"""Pages run by Streamlit's own test runner, on real audits and with any address."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit, publish_map

ROOT = Path(__file__).parents[2]


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


_make = PagesManager.__init__


def pages_manager_as_app_py_has_it(self: PagesManager, *arguments: Any, **more: Any) -> None:
    """Else the test runner takes the pages folder for Streamlit's own, and a page whose address is its file's name runs
    without app.py around it."""
    _make(self, *arguments, **more)
    PagesManager.uses_pages_directory = False


def run_page(name: str, address: dict[str, str] | None = None) -> AppTest:
    """A page on the audits that the environment names, drawn once."""
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    if name != "overview":
        # app.py is what says which pages there are, and has to run before one can be asked for. On an audit that
        # does not exist that costs next to nothing.
        app.query_params["audit"] = "none of these"
        app.run().switch_page(f"pages/{name}.py")
    app.query_params.clear()
    for part, value in (address or {}).items():
        app.query_params[part] = value
    return app.run()


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Runs a page on the audits in tmp_path with an address."""
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    monkeypatch.delenv("HARDLOOK_AUDIT", raising=False)
    monkeypatch.setattr(PagesManager, "__init__", pages_manager_as_app_py_has_it)
    return run_page


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
