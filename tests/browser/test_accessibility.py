"""axe-core on every page, light and dark: no serious fault, inside the components' shadow roots as well."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.audits import HOSTILE_CLASS
from tests.browser.conftest import settle
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


def faults(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Serious and critical violations with the element and what is wrong with it. rules: only these, all if none."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    return [
        f"{fault['id']}: {node['target']} {node['html'][:200]}: {node['failureSummary']}"
        for fault in AXE.run(page, options=options).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_has_a_serious_fault(watched: Page, server: str, view: str) -> None:
    path, _, query = view.partition("?")
    watched.goto(f"{server}/{path}?{query or 'audit=sample'}")
    expect(watched.locator(".st-key-header h1")).to_be_visible()
    settle(watched)
    assert faults(watched) == []
    # What differs in the dark is colours.
    watched.emulate_media(color_scheme="dark")
    watched.wait_for_function(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === 'dark'"
    )
    settle(watched)
    assert faults(watched, ["color-contrast"]) == []


def test_an_empty_choice_of_images_has_none_either(watched: Page, server: str) -> None:
    watched.goto(f"{server}/hardest?audit=sample&where=mode:CMYK&class={quote(HOSTILE_CLASS)}")
    expect(watched.get_by_text("No image in view has a value")).to_be_visible()
    settle(watched)
    assert faults(watched) == []


def test_faults_inside_a_component_are_found(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=sample")
    watched.locator(".st-key-classes table").evaluate(NAMELESS)
    assert any(fault.startswith("button-name") and "nameless" in fault for fault in faults(watched))
