"""The Overview page in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.audits import HOSTILE_CLASS
from tests.browser.conftest import settle, wait_for_paint

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_counts_findings_and_names_are_there_as_text(watched: Page, server: str, scheme: str) -> None:
    watched.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    watched.goto(f"{server}/?audit=sample")
    classes = watched.locator(".st-key-classes")
    expect(classes.get_by_role("row").filter(has_text=HOSTILE_CLASS)).to_be_visible()
    expect(watched.locator(".st-key-models").get_by_role("row").nth(1)).to_contain_text("71.2")
    expect(watched.locator("[data-testid=stPlotlyChart] .ytick").filter(has_text=HOSTILE_CLASS)).to_be_visible()
    settle(watched)


def test_a_class_opens_on_the_other_page(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=sample&split=train")
    settle(watched)
    watched.locator(".st-key-classes").get_by_role("button", name="ankle boot").click()
    watched.wait_for_url(re.compile(r"/hardest\?.*class=ankle"))
    assert "split=train" in watched.url
    wait_for_paint(watched)
    assert set(watched.locator(".tile .given").all_inner_texts()) == {"ankle boot"}


def test_a_table_sorts_by_a_click_on_its_title(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=sample")
    classes = watched.locator(".st-key-classes")
    classes.get_by_role("button", name="train").click()
    counts = [int(text) for text in classes.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)


def test_an_audit_without_runs_names_the_commands(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=bare")
    expect(watched.get_by_text("hardlook embed --audit bare")).to_be_visible()
    watched.get_by_role("link", name="Hardest & easiest").click()
    expect(watched.get_by_text("hardlook score rmd --audit bare")).to_be_visible()


def test_an_unknown_audit_is_an_error_with_a_next_step(watched: Page, server: str) -> None:
    watched.goto(f"{server}/?audit=nonesuch")
    expect(watched.locator(".hardlook-what", has_text="There is no audit 'nonesuch'")).to_be_visible()
