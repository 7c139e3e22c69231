"""The server itself: how long it takes to start, what it holds, and how it bears several people."""

from __future__ import annotations

import shutil
import statistics
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.dashboard.at_rest import Server, idle, light_table, served
from tests.benchmarks.dashboard.images import TIMED
from tests.benchmarks.reporting import report, say
from tests.serving import CHROMIUM_FLAGS

STARTS = 7


def first_paint(audits: Path, folder: Path, browser: Browser, audit: str) -> None:
    """From starting the process to the first page painted in an empty tab with an empty cache; memory then."""
    times, memory, torch = [], [], False
    for _ in range(STARTS):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        started = time.perf_counter()
        with served(audits, folder, audit) as server:
            page.goto(f"{server.url}/?audit={audit}")
            page.wait_for_selector(".st-key-header h1", timeout=60_000)
            page.wait_for_function("() => document.querySelector('.st-key-classes, .st-key-models')")
            times.append(time.perf_counter() - started)
            idle(page)
            memory.append(server.megabytes())
            torch = torch or server.has_torch()
            page.close()
    median = statistics.median(times)
    say(
        f"server start to first page painted ({STARTS})",
        f"{median:.2f} s, worst {max(times):.2f} s",
        "≤ 3 s",
        median <= 3,
    )
    say("its memory then, torch not loaded", f"{max(memory):.0f} MB, torch {torch}", "≤ 290 MB", max(memory) <= 290)


def memory(browser: Browser, server: Server) -> None:
    """500 flips and 50 changes of page by one viewer."""
    page = light_table(browser, server)

    def work(flips: int, switches: int) -> None:
        for i in range(flips):
            page.keyboard.press("PageUp" if i % 3 == 2 else "PageDown")
            page.wait_for_timeout(60)
        for i in range(switches):
            page.get_by_role("link", name="Overview" if i % 2 == 0 else "Hardest & easiest").first.click()
            idle(page)

    work(50, 10)  # what is kept once, however long it runs, is there after this
    before = server.megabytes()
    work(500, 50)
    grown = server.megabytes() - before
    say("memory after 500 flips and 50 page switches", f"{before:.0f} {grown:+.0f} MB", "< 50 MB", grown < 50)
    page.close()


def five_people(server: Server, seconds: float) -> None:
    """Each in a browser and a thread of its own, flipping every two seconds."""
    times: list[float] = []
    errors: list[str] = []

    def person(number: int) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
            try:
                page = light_table(browser, server, f"&page={1 + 1000 * number}")
                page.on("pageerror", lambda error: errors.append(str(error)))
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    times.append(page.evaluate(TIMED, ["press", "PageDown"]))
                    page.wait_for_timeout(2000)
                errors.extend(page.locator("[data-testid=stException]").all_inner_texts())
            except Exception as error:  # noqa: BLE001  (whatever happened to one person is what is being counted)
                errors.append(str(error))
            finally:
                browser.close()

    people = [threading.Thread(target=person, args=(number,)) for number in range(5)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    report("five people at once, each flipping every 2 s", times, None, 1000)
    say("… errors", str(len(errors)), "0", not errors)
    for error in errors[:5]:
        print(error)
