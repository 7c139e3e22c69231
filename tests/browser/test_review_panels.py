"""What stands around a review, in a real browser: skipped images, names of classes, the random sample."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from core.reviews import Entry, open_journal
from tests.audits import HOSTILE_CLASS, Made
from tests.browser.conftest import settle

pytestmark = pytest.mark.browser


@pytest.fixture
def ann(watched: Page) -> Page:
    """A browser that knows its reviewer."""
    watched.add_init_script("localStorage.setItem('hardlook-reviewer', 'ann')")
    return watched


def open_mode(page: Page, server: str, query: str) -> None:
    page.goto(f"{server}/suspects?{query}")
    expect(page.locator(".review .frame").first).to_be_visible()
    settle(page)


def shown(page: Page) -> str:
    return page.locator(".review .file bdi").first.inner_text()


def decide(page: Page, key: str) -> str:
    """Press a key once a card is there, and wait until it is saved; the image it was about."""
    expect(page.locator(".review .frame")).to_be_visible()
    about = shown(page)
    page.keyboard.press(key)
    expect(page.locator(".review .state")).to_have_attribute("data-waiting", "0")
    return about


def entries(made: Made, where: str = "1") -> list[Entry]:
    journal = open_journal(made.audit)
    try:
        return journal.entries(where)
    finally:
        journal.close()


def choose(panel: Locator, label: str, text: str) -> None:
    box = panel.get_by_role("combobox", name=label, exact=True)
    box.fill(text)
    box.press("Enter")
    expect(box).to_have_value(text)
    settle(panel.page)


def test_skipped_images_come_back_at_the_end_until_they_are_decided(
    ann: Page, server: str, another: Callable[..., Made]
) -> None:
    made = another("skipped", n=40)
    open_mode(ann, server, "audit=skipped&mode=one&of=all&only=ids:3-6")
    first, second, *_ = (decide(ann, key) for key in ("s", "s", " ", "x"))
    progress = ann.locator(".review .progress")
    expect(progress).to_contain_text("2 skipped, they come back now")
    assert decide(ann, "s") == first
    assert decide(ann, " ") == second
    expect(progress).to_contain_text("1 skipped, it comes back now")
    expect(ann.locator(".review .verdict")).to_have_text("skipped")
    assert decide(ann, "x") == first
    expect(ann.locator(".ended")).to_contain_text("Everything in this queue is decided")
    said = [entry.verdict for entry in entries(made) if entry.key == first]
    assert said == ["skipped", "skipped", "excluded"]


def test_classes_are_renamed_merged_and_added_and_the_page_says_their_new_names(
    ann: Page, server: str, another: Callable[..., Made]
) -> None:
    made = another("classes", n=40)
    open_mode(ann, server, f"audit=classes&mode=one&of=all&only=ids:{(made.labels == 0).argmax()}")
    given = ann.locator(".review .given bdi")
    expect(given).to_have_text("shirt")
    ann.get_by_role("button", name="Classes").click()
    panel = ann.get_by_test_id("stPopoverBody")
    choose(panel, "class", "shirt")
    panel.get_by_role("textbox", name="new name").fill(" blouse")
    panel.get_by_role("textbox", name="new name").press("Enter")
    panel.get_by_role("button", name="Rename 'shirt' to 'blouse'").click()
    expect(panel).to_contain_text("Entry 1: done.")
    expect(given).to_have_text("blouse")
    choose(panel, "change", "Merge a class into another")
    choose(panel, "class", "blouse")
    choose(panel, "into", HOSTILE_CLASS)
    panel.get_by_role("button", name="Merge 'blouse' into").click()
    expect(panel).to_contain_text("4 classes.")
    expect(given).to_have_text(HOSTILE_CLASS)
    choose(panel, "change", "Add a class")
    panel.get_by_role("textbox", name="new name").fill("cape")
    panel.get_by_role("textbox", name="new name").press("Enter")
    panel.get_by_role("button", name="Add 'cape'").click()
    expect(panel).to_contain_text("Entry 3: done.")
    settle(ann)
    ann.keyboard.press("Escape")
    ann.locator(".review .file").click()
    ann.keyboard.press("/")
    ann.keyboard.type("cap")
    expect(ann.locator(".choose li")).to_have_text(["cape"])
    ann.keyboard.press("Enter")
    expect(ann.locator(".review .state")).to_contain_text("all 1 saved")
    written = [(one.verdict, one.reviewer, one.old_label, one.new_label) for one in entries(made)]
    assert written == [
        ("rename", "ann", "shirt", "blouse"), ("merge", "ann", "blouse", HOSTILE_CLASS), ("add", "ann", "cape", None),
        ("relabelled", "ann", HOSTILE_CLASS, "cape"),
    ]  # fmt: skip


def test_a_random_sample_is_drawn_decided_by_key_and_says_what_the_flags_are_worth(
    ann: Page, server: str, another: Callable[..., Made]
) -> None:
    made = another("drawn", n=60)
    ann.goto(f"{server}/suspects?audit=drawn")
    ann.get_by_role("radio", name="Random sample").click()
    expect(ann.get_by_text("Nothing of the random sample has been reviewed yet")).to_be_visible()
    drawn = [decide(ann, key) for key in (" ", "x") * 9]
    ann.get_by_role("button", name="Count again").click()
    worth = ann.locator(".hardlook-lines", has_text="An estimated")
    expect(worth).to_have_text(
        re.compile(r"An estimated \d+ % \[\d+, \d+\] of 57 labels are wrong .* \[\d+, \d+\] of them")
    )
    expect(worth).to_contain_text("Go on: it cannot be said with 95 % confidence")
    expect(ann.locator(".st-key-worth_classes").get_by_role("row").filter(has_text="every class")).to_contain_text("[")
    assert [entry.key for entry in entries(made)] == drawn
    ann.get_by_role("button", name="Draw 100 more").click()
    ann.wait_for_url(re.compile("drawn=18"))
    expect(ann.locator(".review .progress")).to_have_text(re.compile(r"^39 to review"))
