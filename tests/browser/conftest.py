"""A real server on real audits, and a real browser that fails a test on any error it meets."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.audits import Made, build_audit

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
expect.set_options(timeout=20_000)  # a cold server on two busy cores has been seen to need eight seconds

ALL_PAINTED = """() => {
    const host = document.querySelector('.st-key-grid .stBidiComponent [data-testid=stBidiComponentIsolated]');
    const images = host?.shadowRoot ? [...host.shadowRoot.querySelectorAll('.tile img')] : [];
    return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
}"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium. Where there is none tests are skipped, but not on CI, which installs it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine")
    return {**browser_type_launch_args, "executable_path": found, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A laptop's screen."""
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="session")
def audits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """The audits that the server shows; "sample" is the newest, so it opens first."""
    folder = tmp_path_factory.mktemp("audits")
    return {
        "bare": build_audit(folder, "bare", n=20, runs=False),
        "sample": build_audit(folder, "sample", n=400, unfinished=True),
    }


@pytest.fixture(scope="session")
def server(audits: dict[str, Made], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard's address, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    environment = {**os.environ, "HARDLOOK_AUDITS": str(audits["sample"].audit.path.parent)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(process, url, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when the server answers; fail with its output when it ends first or stays silent."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text()}")


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page on which no error may happen: in a script, in the console, in Streamlit, or a request elsewhere."""
    problems: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # Streamlit asks for its own routes beside a page's path first, and finds them at the root after a 404.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            problems.append(f"console: {message.text}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("dialog", lambda dialog: (problems.append(f"a name was run: {dialog.message}"), dialog.dismiss()))
    page.on(
        "request", lambda request: problems.append(f"left the machine: {request.url}") if leaves(request.url) else None
    )
    yield page
    problems += [f"exception: {text}" for text in page.locator("[data-testid=stException]").all_inner_texts()]
    assert problems == []


def leaves(url: str) -> bool:
    """Whether a request goes to another machine."""
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def wait_for_paint(page: Page) -> None:
    """Until every thumbnail of the sheet is drawn."""
    page.wait_for_function(ALL_PAINTED, timeout=30_000)


def settle(page: Page) -> None:
    """Until Streamlit has finished its run."""
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=30_000)
