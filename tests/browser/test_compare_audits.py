"""Two audits side by side in a real browser: what is chosen is in the address, and images open where they are."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser

APART = """() => {
    const grid = document.querySelector('.st-key-grid [data-testid=stBidiComponentIsolated]')?.shadowRoot;
    const turner = grid?.querySelector('.bar')?.getBoundingClientRect();
    const chooser = document.querySelector('.st-key-choose_show')?.getBoundingClientRect();
    return turner && chooser && (turner.left >= chooser.right || turner.top >= chooser.bottom);
}"""
"""In the browser: whether what turns the sheets lies beside or below what chooses the images."""


def test_a_row_shows_its_images_and_one_opens_in_the_audit_that_holds_it(watched: Page, server: str) -> None:
    watched.goto(f"{server}/diff?audit=bare&with=sample")
    settle(watched)
    watched.get_by_role("button", name="came", exact=True).click()
    expect(watched).to_have_url(re.compile("show=came"))
    expect(watched.locator(".group .end")).to_have_text("came")
    tile = watched.locator(".tile").first
    key = tile.get_attribute("data-key") or ""
    tile.click()
    expect(watched.locator(".st-key-header h1")).to_have_text("Hardest & easiest")
    expect(watched).to_have_url(re.compile("audit=sample"))
    expect(watched.get_by_role("dialog").locator(".key")).to_have_text(key)
    settle(watched)


def test_what_it_is_compared_with_is_chosen_and_back_undoes_it(watched: Page, server: str) -> None:
    watched.goto(f"{server}/diff?audit=sample&with=bare")
    settle(watched)
    watched.get_by_role("button", name="The other way round").click()
    expect(watched).to_have_url(re.compile("audit=bare.*with=sample|with=sample.*audit=bare"))
    expect(watched.get_by_text("From bare: 20 images")).to_be_visible()
    watched.go_back()
    expect(watched.get_by_text("From sample: 400 images")).to_be_visible()
    settle(watched)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_old_and_new_stand_under_each_image_in_either_theme(watched: Page, server: str, scheme: str) -> None:
    watched.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    watched.goto(f"{server}/diff?audit=bare&with=sample&show=relabelled")
    settle(watched)
    names = watched.locator(".tile .names").first
    expect(names.locator(".arrow")).to_have_text("→")
    inside = watched.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
            .flatMap((host) => [...(host.shadowRoot?.querySelectorAll('.tile') ?? [])])
            .every((tile) => tile.scrollWidth <= tile.clientWidth + 4)"""
    )
    assert inside


@pytest.mark.parametrize("width", [1100, 1280, 1440, 1920])
def test_what_turns_the_sheets_does_not_lie_over_what_chooses_the_images(
    watched: Page, server: str, width: int
) -> None:
    watched.set_viewport_size({"width": width, "height": 900})
    watched.goto(f"{server}/diff?audit=bare&with=sample")
    settle(watched)
    watched.wait_for_function(APART)  # once everything has its place
