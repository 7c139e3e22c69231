"""From a choice to the frame in which the figures that answer it are painted."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from playwright.sync_api import Browser, Page

from tests.benchmarks.dashboard.at_rest import Server, idle, options
from tests.benchmarks.dashboard.large import CLASSES
from tests.benchmarks.reporting import report

# Starts a clock, chooses, and stops it in the frame after the run that answers has ended and every figure is drawn.
# That the run has begun is known by the address, which it writes first.
FIGURE_TIMED = """async (index) => {
    const app = document.querySelector('[data-testid=stApp]');
    const before = location.href;
    const start = performance.now();
    document.querySelectorAll('[role=option]')[index].click();
    const pending = () => location.href === before || app.dataset.testScriptState !== 'notRunning'
        || document.querySelector('[data-stale=true] .js-plotly-plot')
        || !document.querySelector('.js-plotly-plot .main-svg');
    while (pending()) {
        if (performance.now() - start > 30000) throw new Error('no new figure for 30 s');
        await new Promise((resolve) => setTimeout(resolve, 4));
    }
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
}"""
# The same for a line of a table that is clicked.
LINE_TIMED = """async ([key, index]) => {
    const app = document.querySelector('[data-testid=stApp]');
    const before = location.href;
    const start = performance.now();
    const root = document.querySelector(`.st-key-${key} [data-testid=stBidiComponentIsolated]`).shadowRoot;
    root.querySelectorAll('tbody tr')[index].click();
    while (location.href === before || app.dataset.testScriptState !== 'notRunning'
        || document.querySelector('[data-stale=true] .js-plotly-plot')) {
        if (performance.now() - start > 30000) throw new Error('nothing new for 30 s');
        await new Promise((resolve) => setTimeout(resolve, 4));
    }
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
}"""
FIGURES = {
    "difficulty": ("score", "class", "split"), "difficulty?show=": ("predicted",), "difficulty?show=beside": ("score",),
    "compare": ("score", "class", "split"), "compare?show=all": ("score",),
    "compare?show=dynamics": ("class", "split", "colour"),
    "calibration": ("model", "class", "split"), "calibration?show=weights": ("score",),
}  # fmt: skip
"""Page of figures -> what is changed on it: only what its figures depend on."""


def figures(browser: Browser, server: Server, repeats: int, pages: Mapping[str, Sequence[str]] = FIGURES) -> None:
    """Score, class, split, predicted class or model on pages of figures, each to another value than before."""
    for path, keys in pages.items():
        page = browser.new_page(viewport={"width": 1440, "height": 1200})
        page.goto(f"{server.url}/{path}{'&' if '?' in path else '?'}audit={server.audit}")
        page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
        idle(page)
        for key in keys:
            times = [page.evaluate(FIGURE_TIMED, other_option(page, key, turn)) for turn in range(repeats)]
            report(f"another {key} on /{path}", times, None, 700)
        page.close()


def papers(browser: Browser, server: Server, repeats: int) -> None:
    """Another claim on the page Papers, each with its figures where they can be told from what is stored."""
    page = browser.new_page(viewport={"width": 1440, "height": 1200})
    page.goto(f"{server.url}/papers?audit={server.audit}")
    page.wait_for_selector(".st-key-claims_rmd", timeout=60_000)
    idle(page)
    times = []
    for turn in range(repeats):
        times.append(page.evaluate(LINE_TIMED, [("claims_rmd", "claims_vog")[turn % 2], 1 + turn // 2 % 8]))
        idle(page)
    report("another claim on /papers", times, None, 700)
    page.close()


def other_option(page: Page, key: str, turn: int) -> int:
    """Open a select box; the number of the option to take at this turn, never the one that is chosen."""
    idle(page)
    count = options(page, key)
    if key in ("class", "predicted"):  # too many to be in the list before a name is typed
        page.keyboard.type(f"class {(37 * turn + 5) % CLASSES:03d}")
        page.wait_for_timeout(400)
        return 0
    if key == "split":  # all of them and the held-out one in turn: no model is evaluated on the images of training
        return (count - 1) * (turn % 2 == 0)
    chosen = page.locator("[role=option]").evaluate_all(
        "options => options.findIndex((option) => option.getAttribute('aria-selected') === 'true')"
    )
    return random.Random(turn).choice([index for index in range(count) if index != chosen])
