"""axe-core on every page, light and dark: no serious fault, inside the components' shadow roots as well."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from core.reviews import By, decide, open_journal
from tests.audits import HOSTILE_CLASS, Made
from tests.browser.conftest import build_beside, settle
from tests.reviewing import decision
from tests.serving import PAGES

pytestmark = pytest.mark.browser
AXE = Axe()
DARK = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === 'dark'"
NAMELESS = """table => {
    table.parentNode.appendChild(document.createElement('button')).id = 'nameless';
}"""
VIEWS = (
    *PAGES, "hardest?by=class", "hardest?image=000007.png", "calibration?show=parts", "calibration?show=telling",
    "calibration?show=weights", "compare?show=all", "runs?audit=bare",
)  # fmt: skip
REVIEWS = {
    "mode=one&of=all": ".review .actions", "mode=grid&of=all": ".review .tile.confirmed",
    "mode=second": ".review .actions", "mode=conflicts": ".review .side", "mode=sample": ".st-key-worth_classes table",
}  # fmt: skip
"""Ways to review -> what is there once one is ready."""


def faults(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Serious and critical violations with the element and what is wrong with it. rules: only these, all if none."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    return [
        f"{fault['id']}: {node['target']} {node['html'][:200]}: {node['failureSummary']}"
        for fault in AXE.run(page, options=options).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def expect_no_faults(page: Page) -> None:
    """Neither in the light nor in the dark, where colours differ."""
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    settle(page)
    assert faults(page, ["color-contrast"]) == []


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_has_a_serious_fault(watched: Page, server: str, view: str) -> None:
    path, _, query = view.partition("?")
    watched.goto(f"{server}/{path}?{query or 'audit=sample'}")
    expect(watched.locator(".st-key-header h1")).to_be_visible()
    settle(watched)
    expect_no_faults(watched)


@pytest.fixture(scope="module")
def reviewed(audits: dict[str, Made]) -> None:
    """An audit in which others decided, and two of them each other's opposite."""
    made = build_beside(audits["sample"], "reviewed", n=120)
    journal = open_journal(made.audit)
    for key in made.keys[1:100]:
        decide(journal, decision(key, "confirmed"), By("bob"))
    for key in made.keys[1:4]:
        decide(journal, decision(key, "excluded"), By("cat"))
    journal.close()


@pytest.mark.parametrize("query", REVIEWS)
def test_no_way_to_review_has_a_serious_fault(watched: Page, server: str, reviewed: None, query: str) -> None:
    watched.add_init_script("localStorage.setItem('hardlook-reviewer', 'ann')")
    watched.goto(f"{server}/suspects?audit=reviewed&{query}")
    expect(watched.locator(REVIEWS[query]).first).to_be_visible()
    watched.get_by_role("button", name="Classes").click()
    expect(watched.get_by_test_id("stPopoverBody")).to_contain_text("5 classes")
    settle(watched)
    expect_no_faults(watched)


def test_an_empty_choice_of_images_has_none_either(watched: Page, server: str) -> None:
    watched.goto(f"{server}/hardest?audit=sample&where=mode:CMYK&class={quote(HOSTILE_CLASS)}")
    expect(watched.get_by_text("No image in view has a value")).to_be_visible()
    settle(watched)
    assert faults(watched) == []


def test_faults_inside_a_component_are_found(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=sample")
    watched.locator(".st-key-classes table").evaluate(NAMELESS)
    assert any(fault.startswith("button-name") and "nameless" in fault for fault in faults(watched))
