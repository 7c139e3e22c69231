"""A page drawn by Streamlit's own test runner at any address, with app.py around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


@contextmanager
def pages_as_app_says() -> Iterator[None]:
    """Else the test runner takes the pages folder for Streamlit's own, and a page whose address is its file's name runs
    without app.py around it."""
    make = PagesManager.__init__

    def as_app_py_says_it(self: PagesManager, *arguments: Any, **more: Any) -> None:
        make(self, *arguments, **more)
        PagesManager.uses_pages_directory = False

    PagesManager.__init__ = as_app_py_says_it  # type: ignore[method-assign]
    try:
        yield
    finally:
        PagesManager.__init__ = make  # type: ignore[method-assign]


def draw_page(name: str, address: Mapping[str, str]) -> AppTest:
    """Run the page of that script at an address, inside `pages_as_app_says`."""
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    if name != "overview":
        # app.py is what says which pages there are, and has to run before one can be asked for. On an audit that
        # does not exist that costs next to nothing.
        app.query_params["audit"] = "none of these"
        app.run().switch_page(f"pages/{name}.py")
    app.query_params.clear()
    for part, value in address.items():
        app.query_params[part] = value
    return app.run()
