"""A served dashboard of our own, and pages in it on which nothing is under way."""

from __future__ import annotations

import subprocess
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.benchmarks.dashboard.large import IMAGENET, LARGE
from tests.serving import ALL_PAINTED, AT_REST, private_megabytes, serving

EACH_END = 25


@dataclass(frozen=True)
class Server:
    """A served dashboard: its address and the process behind it. audit, images: what is looked at, and how many."""

    url: str
    audit: str = LARGE
    images: int = IMAGENET

    @cached_property
    def pid(self) -> int:
        """Of the process that listens. Asked after the clock has stopped: to look for it takes time of its own."""
        port = urllib.parse.urlsplit(self.url).port
        found = subprocess.run(["pgrep", "-f", f"server.port {port}"], capture_output=True, text=True, check=True)
        return int(found.stdout.split()[0])

    def megabytes(self) -> float:
        """Memory of the server that is its own and present."""
        return private_megabytes(self.pid)

    def has_torch(self) -> bool:
        """Whether torch's library is mapped into the server."""
        return "libtorch" in Path(f"/proc/{self.pid}/maps").read_text()


@contextmanager
def served(audits: Path, folder: Path, audit: str = LARGE, images: int = IMAGENET) -> Iterator[Server]:
    """A dashboard of our own over these audits, one of which is looked at."""
    with serving(audits, folder / "log") as url:
        yield Server(url, audit, images)


def light_table(browser: Browser, server: Server, query: str = "", each: int = EACH_END) -> Page:
    """A page with the light table painted and its neighbours fetched. each: images of either end."""
    page = browser.new_page(viewport={"width": 1440, "height": 1200})
    page.goto(f"{server.url}/hardest?audit={server.audit}&each={each}{query}")
    page.wait_for_function(ALL_PAINTED, timeout=60_000)
    idle(page)
    return page


def idle(page: Page) -> None:
    """Wait until the script run has ended and the browser has built the sheets ahead."""
    page.wait_for_function(AT_REST)
    page.wait_for_timeout(400)


def options(page: Page, key: str) -> int:
    """Open a select box; how many options it shows."""
    box = page.locator(f".st-key-choose_{key} [role=combobox], .st-key-choose_{key} input").first
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(100)  # a list closes when the page under it is scrolled
    box.click()
    page.wait_for_selector("[role=option]")
    page.wait_for_timeout(300)  # the list opens in steps, and only what is in view exists
    return page.locator("[role=option]").count()
