"""Every page in a real browser: it paints, it can be linked to, Back leaves it, and names in it stay names."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.audits import HOSTILE_CLASS
from tests.browser.conftest import settle
from tests.serving import PAGES

pytestmark = pytest.mark.browser


def title(page: Page) -> str:
    """The heading of the page that is shown, once its script has run."""
    settle(page)
    return page.locator(".st-key-header h1").inner_text()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_paints_is_linked_to_and_left_by_back(watched: Page, server: str, path: str) -> None:
    choices = {"audit": "sample", "split": "test", "class": HOSTILE_CLASS}
    watched.goto(f"{server}/{path}?" + "&".join(f"{name}={quote(value)}" for name, value in choices.items()))
    expect(watched.locator(".st-key-header h1")).to_be_visible()
    name = title(watched)
    expect(watched.get_by_role("combobox", name="split")).to_have_value("test")
    expect(watched.locator("img[src=x]")).to_have_count(0)  # what the hostile name would make, in shadow roots too
    elsewhere = "Runs" if path != "runs" else "Overview"
    watched.get_by_test_id("stSidebar").get_by_role("link", name=elsewhere).click()
    expect(watched.locator(".st-key-header h1")).to_have_text(elsewhere)
    settle(watched)
    address = parse_qs(urlsplit(watched.url).query)
    assert {part: address[part][0] for part in choices} == choices  # what pages share goes along
    watched.go_back()
    expect(watched.locator(".st-key-header h1")).to_have_text(name)
    expect(watched).to_have_url(re.compile(rf"/{path}\?.*split=test"))
    watched.go_forward()
    expect(watched.locator(".st-key-header h1")).to_have_text(elsewhere)
    settle(watched)


def test_every_page_is_in_the_sidebar(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=sample")
    links = watched.get_by_test_id("stSidebar").get_by_role("link")
    expect(links).to_have_count(len(PAGES))
    hrefs = [urlsplit(link.get_attribute("href") or "").path.strip("/") for link in links.all()]
    assert hrefs == list(PAGES)
