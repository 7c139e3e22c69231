"""Class names under pictures in a real browser: both readable, the middle left out where two lines are too few."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.audits import LONG_CLASSES, Made, publish_map
from tests.browser.conftest import build_beside, settle, wait_for_paint

pytestmark = pytest.mark.browser

NAMES = """names => names.map((name) => {
    const line = parseFloat(getComputedStyle(name).lineHeight);
    return {
        whole: name.dataset.whole, shown: name.textContent, lines: Math.round(name.offsetHeight / line),
        cut: name.scrollHeight > name.clientHeight + 1 || name.scrollWidth > name.clientWidth + 1,
        title: name.closest("button").title,
    };
})"""


@pytest.fixture(scope="session")
def long_names(audits: dict[str, Made]) -> Made:
    """An audit of ten classes whose names are long and differ at their ends; not the newest."""
    made = build_beside(audits["sample"], "long", n=200, classes=LONG_CLASSES)
    publish_map(made)
    return made


def names_on(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.locator(".fitted").evaluate_all(NAMES)
    assert found
    return found


ADDRESSES = ("hardest?tiles=small", "hardest?tiles=large", "suspects", "suspects?mode=grid", "")


@pytest.mark.parametrize("address", ADDRESSES)
def test_both_names_are_whole_or_lose_their_middle_and_never_their_ends(
    watched: Page, server: str, long_names: Made, address: str
) -> None:
    watched.goto(f"{server}/{address}{'&' if '?' in address else '?'}audit=long")
    watched.locator(".fitted").first.wait_for()
    settle(watched)
    found = names_on(watched)
    assert {name["whole"] for name in found} <= set(LONG_CLASSES)
    for name in found:
        assert name["lines"] <= 2, name
        assert not name["cut"], name
        head, ellipsis, tail = name["shown"].partition("…")
        assert name["whole"].startswith(head), name
        assert name["whole"].endswith(tail), name
        assert bool(ellipsis) == (name["shown"] != name["whole"])
        assert not ellipsis or (len(head) >= 3 and len(tail) >= 3), name
        assert name["whole"] in name["title"]
    if "large" in address:
        pairs = {(name["whole"], name["shown"]) for name in found}
        assert len({shown for _, shown in pairs}) == len(pairs)  # nothing shown stands for two classes


def test_names_are_fitted_anew_when_tiles_get_another_width(watched: Page, server: str, long_names: Made) -> None:
    watched.goto(f"{server}/hardest?audit=long&each=4")
    wait_for_paint(watched)
    before = [len(name["shown"]) for name in names_on(watched)]
    watched.set_viewport_size({"width": 700, "height": 900})
    # Four tiles in a row of half the width.
    watched.wait_for_function(
        """before => {
            const host = document.querySelector('.st-key-grid [data-testid=stBidiComponentIsolated]');
            const names = [...host.shadowRoot.querySelectorAll('.fitted')];
            return names.some((name, i) => name.textContent.length !== before[i]);
        }""",
        arg=before,
    )
    assert not any(name["cut"] for name in names_on(watched))
