"""A real server on real audits, and a real browser that fails a test on any error it meets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.audits import Made, build_audit, publish_map
from tests.browser.watching import exceptions_on, watch
from tests.serving import ALL_PAINTED, AT_REST, CHROMIUM_FLAGS, serving

expect.set_options(timeout=20_000)  # a cold server on two busy cores has been seen to need eight seconds


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium. Where there is none tests are skipped, but not on CI, which installs it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine")
    return {**browser_type_launch_args, "executable_path": found, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A laptop's screen."""
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def audits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """The audits that the server shows; "sample" is the newest, so it opens first."""
    folder = tmp_path_factory.mktemp("audits")
    made = {
        "bare": build_audit(folder, "bare", n=20, runs=False),
        "sample": build_audit(folder, "sample", n=400, unfinished=True),
    }
    publish_map(made["sample"])
    return made


@pytest.fixture(scope="session")
def server(audits: dict[str, Made], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard's address."""
    folder = audits["sample"].audit.path.parent
    with serving(folder, tmp_path_factory.mktemp("server") / "log") as url:
        yield url


@pytest.fixture
def another(audits: dict[str, Made]) -> Callable[..., Made]:
    """Builds an audit on the same server that a test may write to."""
    return partial(build_beside, audits["sample"])


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page on which no error may happen: in a script, in the console, in Streamlit, or a request elsewhere."""
    problems = watch(page)
    yield page
    assert [*problems, *exceptions_on(page)] == []


def build_beside(first: Made, name: str, **audit: Any) -> Made:
    """Another audit in the same folder; not the newest, which is the one that opens."""
    made = build_audit(first.audit.path.parent, name, **audit)
    (first.audit.path / "audit.json").touch()
    return made


def wait_for_paint(page: Page) -> None:
    """Until every thumbnail of the sheet is drawn."""
    page.wait_for_function(ALL_PAINTED, timeout=30_000)


def neighbours_sent(page: Page) -> None:
    """Until the light table has the sheets beside the shown one, which it asks for when the browser is idle."""
    page.wait_for_function(
        """() => document.querySelector('.st-key-grid [data-testid=stBidiComponentIsolated]')
            ?.shadowRoot?.querySelector('.table')?.dataset.sheets >= 2""",
        timeout=30_000,
    )


def settle(page: Page) -> None:
    """Until Streamlit has finished its run."""
    page.wait_for_function(AT_REST, timeout=30_000)
