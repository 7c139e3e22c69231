from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from streamlit import config
from streamlit.testing.v1 import AppTest

from tests.audits import build_audit
from tests.pages.conftest import ROOT, components, text


def documented() -> dict[str, str]:
    """The section that docs/dashboard.md tells a group to write."""
    block = re.search(r"```toml\n(\[auth\].*?)```", (ROOT / "docs" / "dashboard.md").read_text("utf-8"), re.DOTALL)
    assert block
    return dict(tomllib.loads(block[1])["auth"])


def test_the_login_as_it_is_documented_lets_nobody_in_unasked(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20)
    assert sorted(documented()) == [
        "client_id",
        "client_secret",
        "cookie_secret",
        "redirect_uri",
        "server_metadata_url",
    ]
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.secrets["auth"] = documented()
    app.run()
    assert not app.exception
    assert [button.label for button in app.button] == ["Log in"]
    assert components(app) == {}
    # What it says to install is there to be installed.
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert any("auth" in each for each in extras["login"])
    assert "hardlook[login]" in (ROOT / "docs" / "dashboard.md").read_text("utf-8")


def test_nothing_is_drawn_before_a_viewer_has_logged_in_where_they_have_to(
    show: Callable[..., AppTest], tmp_path: Path
) -> None:
    build_audit(tmp_path, n=20)
    assert components(show("hardest_easiest"))
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.secrets["auth"] = {
        "redirect_uri": "http://localhost:8501/oauth2callback", "cookie_secret": "x" * 32, "client_id": "hardlook",
        "client_secret": "y", "server_metadata_url": "https://login.example/.well-known/openid-configuration",
    }  # fmt: skip
    app.run()
    assert not app.exception
    assert "Log in to see the audits" in text(app)
    assert [button.label for button in app.button] == ["Log in"]
    assert components(app) == {}


def test_a_configuration_that_cannot_be_read_lets_nobody_in(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20)
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth")
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(broken)])
    try:
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    finally:
        config.set_option("secrets.files", before)
    assert components(app) == {}
    assert "cannot be read, so nobody is let in" in app.exception[0].message
