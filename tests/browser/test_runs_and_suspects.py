"""Runs, label suspects and filters in a real browser: what a click does, and that names stay names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.audits import HOSTILE_CLASS, Made, build_audit
from tests.browser.conftest import settle, wait_for_paint

pytestmark = pytest.mark.browser


@pytest.fixture
def doomed(audits: dict[str, Made]) -> Made:
    """An audit that a test may delete from; not the newest, which is the one that opens."""
    folder: Path = audits["sample"].audit.path.parent
    made = build_audit(folder, "doomed", n=20)
    manifest = audits["sample"].audit.path / "audit.json"
    manifest.touch()
    return made


def test_deleting_a_run_asks_and_then_the_page_does_without_it(watched: Page, server: str, doomed: Made) -> None:
    rmd = doomed.audit.latest("score", "", "rmd").run_id
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


def test_a_tag_with_a_hostile_name_is_put_on_and_filters(watched: Page, server: str) -> None:
    watched.goto(f"{server}/hardest?audit=sample&each=12")
    wait_for_paint(watched)
    watched.get_by_text("Tag these 24 images").click()
    watched.get_by_label("tag", exact=True).fill(HOSTILE_CLASS)
    watched.get_by_label("your name").last.fill("ann")
    watched.get_by_label("your name").last.press("Enter")
    watched.get_by_role("button", name="Tag 24").click()
    expect(watched.get_by_text("24 images with the tag")).to_be_visible()
    watched.goto(f"{server}/hardest?audit=sample&only=tag:{HOSTILE_CLASS.replace(' ', '%20')}")
    expect(watched.get_by_text("24 of 400 images")).to_be_visible()
