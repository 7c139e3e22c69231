"""Runs, label suspects and filters in a real browser: what a click does, and that names stay names."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.audits import HOSTILE_CLASS, Made
from tests.browser.conftest import settle, wait_for_paint

pytestmark = pytest.mark.browser


def test_deleting_a_run_asks_and_then_the_page_does_without_it(
    watched: Page, server: str, another: Callable[..., Made]
) -> None:
    doomed = another("doomed", n=20)
    rmd = doomed.audit.latest("score", "rmd").run_id
    watched.goto(f"{server}/runs?audit=doomed&run={rmd}")
    watched.get_by_role("button", name="Delete this run").click()
    dialog = watched.get_by_role("dialog")
    expect(dialog).to_contain_text(rmd)
    dialog.get_by_role("button", name="Delete score").click()
    expect(watched.get_by_text(f"{rmd} is deleted")).to_be_visible()
    assert not doomed.audit.run_path(rmd).exists()
    expect(watched.locator(".st-key-runs").get_by_role("button", name=rmd)).to_have_count(0)


def test_a_count_of_suspects_opens_them_with_the_class(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=sample&split=train")
    settle(watched)
    row = watched.locator(".st-key-classes").get_by_role("row").filter(has_text=HOSTILE_CLASS)
    row.locator("td.suspect button").last.click()
    watched.wait_for_url(re.compile(r"/suspects\?.*class=%3Cimg"))
    assert "split=train" in watched.url
    wait_for_paint(watched)
    assert set(watched.locator(".tile .given").all_inner_texts()) == {HOSTILE_CLASS}


def test_a_row_of_cuts_cuts_there_and_the_address_says_so(watched: Page, server: str) -> None:
    watched.goto(f"{server}/suspects?audit=sample")
    wait_for_paint(watched)
    watched.locator(".st-key-cuts tbody button").first.click()
    watched.wait_for_url(re.compile(r"cut="))
    expect(watched.locator(".st-key-no_cuts")).to_be_visible()


def test_a_tag_with_a_hostile_name_is_put_on_filters_and_is_taken_off(
    watched: Page, server: str, another: Callable[..., Made]
) -> None:
    another("tagged", n=60)
    watched.goto(f"{server}/hardest?audit=tagged&each=12")
    wait_for_paint(watched)
    watched.get_by_text("Tag these 24 images").click()
    watched.get_by_label("tag", exact=True).fill(HOSTILE_CLASS)
    watched.get_by_label("your name").last.fill("ann")
    watched.get_by_label("your name").last.press("Enter")
    watched.get_by_role("button", name="Tag 24").click()
    expect(watched.get_by_text("24 images with the tag")).to_be_visible()
    watched.keyboard.press("Escape")
    watched.get_by_role("button", name="Filter").click()
    watched.get_by_role("combobox", name="tag", exact=True).fill(HOSTILE_CLASS)
    expect(watched.get_by_role("option")).to_have_text([f"{HOSTILE_CLASS} · 24"])
    watched.keyboard.press("Enter")
    watched.wait_for_url(re.compile(r"only=tag"))
    expect(watched.get_by_text("24 of 60 images")).to_be_visible()
    settle(watched)
    watched.keyboard.press("Escape")
    watched.get_by_text("Tag these 24 images").click()
    watched.get_by_label("tag", exact=True).fill(HOSTILE_CLASS)
    watched.get_by_label("tag", exact=True).press("Enter")
    watched.get_by_role("button", name="Take the tag off").click()
    expect(watched.get_by_text("0 of 60 images")).to_be_visible()
