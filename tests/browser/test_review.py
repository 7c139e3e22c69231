"""Reviewing in a real browser: what is typed arrives, whatever happens to the server; what is shown is true."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.reviews import By, Decision, ReviewedImage, conflicts, decide, open_journal
from core.store import views
from tests.audits import HOSTILE_CLASS, Made, build_audit
from tests.browser.conftest import settle
from tests.browser.desk import all_saved, decisions, first_card, mark_of, open_queue, typed
from tests.serving import free_port, start

pytestmark = pytest.mark.browser


@dataclass
class Server:
    """A dashboard that a test may kill and start again on the same port."""

    audits: Path
    log: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.process = start(self.audits, self.log, self.port)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An audit of this test's own: reviews are written to it."""
    return build_audit(tmp_path / "audits", n=260)


@pytest.fixture
def own(made: Made, tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own."""
    port, log = free_port(), tmp_path / "log"
    server = Server(tmp_path / "audits", log, port, start(tmp_path / "audits", log, port))
    yield server
    if server.process.poll() is None:
        server.process.terminate()
        server.process.wait(timeout=20)


def decided_elsewhere(made: Made, keys: list[str], label: str, reviewer: str) -> None:
    """What another page writes meanwhile."""
    rows = views.images(views.open_hub(made.audit, ()), "key, content_hash").to_pylist()
    hashes = {row["key"]: row["content_hash"] for row in rows}
    journal = open_journal(made.audit)
    try:
        for key in keys:
            decide(
                journal,
                Decision(ReviewedImage(key, hashes[key], "shirt"), "relabelled", label, seen=journal.last),
                By(reviewer),
            )
    finally:
        journal.close()


def test_two_hundred_decisions_typed_as_fast_as_possible_arrive_once_and_in_order(
    watched: Page, own: Server, made: Made
) -> None:
    open_queue(watched, own.url)
    first_card(watched)
    keys = [" ", "x", " ", "s"] * 50
    about = typed(watched, keys)
    all_saved(watched)
    expect(watched.locator(".review .state")).to_contain_text("all 200 saved")
    written = decisions(made)
    assert [entry.key for entry in written] == about
    assert len(set(about)) == 200
    verdicts = {" ": "confirmed", "x": "excluded", "s": "skipped"}
    assert [entry.verdict for entry in written] == [verdicts[key] for key in keys]


def test_a_server_killed_in_the_middle_loses_nothing_and_doubles_nothing(page: Page, own: Server, made: Made) -> None:
    open_queue(page, own.url)
    first_card(page)
    about = typed(page, ["x", " "] * 6)
    own.kill()
    shown_as_saved = int(page.locator(".review .state").get_attribute("data-saved") or 0)
    survived = {entry.key for entry in decisions(made)}
    assert set(about[:shown_as_saved]) <= survived
    about += typed(page, [" ", "x"], patience=300)  # cards that are here can be decided without a server
    own.restart()
    all_saved(page)
    assert [entry.key for entry in decisions(made)] == about


def test_what_was_not_saved_outlives_a_reload_of_the_page(page: Page, own: Server, made: Made) -> None:
    open_queue(page, own.url)
    first_card(page)
    own.kill()
    about = typed(page, [" ", "x", " "], patience=300)
    assert about
    kept = page.evaluate("() => Object.values({ ...sessionStorage }).join()")
    assert all(key in kept for key in about)
    own.restart()
    page.on("dialog", lambda dialog: dialog.accept())  # the page asks before it is left with something unsaved
    page.goto(f"{own.url}/suspects?mode=one&of=all")
    expect(page.locator(".review .frame")).to_be_visible()
    all_saved(page)
    assert [entry.key for entry in decisions(made)] == about


def test_decisions_of_another_audit_are_neither_written_nor_forgotten(page: Page, own: Server, made: Made) -> None:
    other = build_audit(own.audits, "other", n=40)
    open_queue(page, own.url, "mode=one&of=all&audit=sample")
    first_card(page)
    own.kill()
    about = typed(page, ["x", "x"], patience=300)
    assert about
    own.restart()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{own.url}/suspects?mode=one&of=all&audit=other")
    expect(page.locator(".review .frame")).to_be_visible()
    typed(page, [" "])
    all_saved(page)
    assert len(decisions(other)) == 1
    assert decisions(made) == []
    page.goto(f"{own.url}/suspects?mode=one&of=all&audit=sample")
    expect(page.locator(".review .frame")).to_be_visible()
    all_saved(page)
    assert [entry.key for entry in decisions(made)] == about


def test_a_refused_decision_stays_to_be_read_and_the_others_are_saved(page: Page, own: Server, made: Made) -> None:
    open_queue(page, own.url)
    first_card(page)
    key = page.locator(".review .file bdi").first.inner_text()
    item = {
        "kind": "decision", "key": key, "content_hash": "x", "given": "shirt", "values": {}, "runs": {},
        "verdict": "relabelled", "label": "a class that is gone", "seen": 0, "reason": "", "blind": False,
        "reviewer": "ann", "nonce": "left from before", "number": 0, "audit": mark_of(made),
    }  # fmt: skip
    page.evaluate("([name, value]) => sessionStorage.setItem(name, value)",
                     [f"hardlook-outbox {mark_of(made)}", json.dumps({"items": [item], "refused": []})])  # fmt: skip
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    first_card(page)
    typed(page, [" "])
    all_saved(page)
    state = page.locator(".review .state")
    expect(state).to_contain_text("not saved")
    expect(state).to_contain_text("There is no class 'a class that is gone'")
    assert [entry.verdict for entry in decisions(made)] == ["confirmed"]
    page.reload()
    first_card(page)
    expect(state).to_contain_text("There is no class")
    page.get_by_role("button", name="read").click()
    expect(state).not_to_contain_text("There is no class")


def test_a_decision_on_what_someone_else_decided_meanwhile_is_a_conflict_and_is_settled(
    watched: Page, own: Server, made: Made
) -> None:
    open_queue(watched, own.url)
    first_card(watched)
    key = watched.locator(".review .file bdi").first.inner_text()
    decided_elsewhere(made, [key], "T-shirt/top", "bob")
    watched.keyboard.press("x")
    expect(watched.locator(".review .state")).to_contain_text("1 in conflict with a decision made elsewhere")
    assert [entry.effect for entry in decisions(made)] == ["applied", "conflict"]
    watched.evaluate("localStorage.setItem('hardlook-reviewer', 'cat')")
    open_queue(watched, own.url, "mode=conflicts", name="cat")
    sides = watched.locator(".review .side")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("bob")
    expect(sides.nth(0)).to_contain_text("now T-shirt/top")
    expect(sides.nth(1)).to_contain_text("ann")
    settle(watched)
    watched.keyboard.press("]")
    expect(watched.locator(".ended")).to_contain_text("No conflict is open")
    journal = open_journal(made.audit)
    assert conflicts(journal) == []
    assert journal.entries()[-1].verdict == "excluded"
    journal.close()


def test_undo_goes_back_to_the_image_also_to_one_of_an_earlier_session(watched: Page, own: Server, made: Made) -> None:
    open_queue(watched, own.url)
    first_card(watched)
    first, second = typed(watched, [" ", "x"])
    all_saved(watched)
    watched.keyboard.press("u")
    expect(watched.locator(".review .file bdi").first).to_have_text(second)
    watched.keyboard.press("U")
    all_saved(watched)
    watched.reload()
    first_card(watched)
    watched.keyboard.press("u")
    expect(watched.locator(".review .file bdi").first).to_have_text(second)
    settle(watched)
    watched.keyboard.press("k")
    expect(watched.locator(".review .file bdi").first).to_have_text(first)
    expect(watched.locator(".review .verdict")).to_contain_text("confirmed")
    settle(watched)
    watched.keyboard.press("x")  # a decision that is gone back to can be changed
    all_saved(watched)
    assert [entry.verdict for entry in decisions(made) if entry.key == first] == ["confirmed", "excluded"]


def test_keys_typed_in_a_field_decide_nothing(watched: Page, own: Server, made: Made) -> None:
    open_queue(watched, own.url)
    first_card(watched)
    watched.keyboard.press("n")
    watched.keyboard.type("1 x a s")
    watched.get_by_role("combobox", name="class").press_sequentially("1x")
    watched.keyboard.press("Escape")
    assert decisions(made) == []
    watched.keyboard.press("Escape")
    watched.locator(".review .file").click()
    watched.keyboard.press(" ")
    all_saved(watched)
    (entry,) = decisions(made)
    assert entry.reason == "1 x a s"


def test_any_class_is_a_few_letters_away(watched: Page, own: Server, made: Made) -> None:
    open_queue(watched, own.url)
    first_card(watched)
    watched.keyboard.press("/")
    watched.keyboard.type("onerror")
    expect(watched.locator(".choose li")).to_have_text([HOSTILE_CLASS])
    watched.keyboard.press("Enter")
    all_saved(watched)
    watched.keyboard.press("a")
    watched.keyboard.type("ankle")
    watched.keyboard.press("Enter")
    all_saved(watched)
    one, two = decisions(made)
    assert (one.verdict, one.new_label) == ("relabelled", HOSTILE_CLASS)
    assert (two.verdict, two.second_label) == ("ambiguous", "ankle boot")


def test_images_are_marked_by_range_and_decided_together(watched: Page, own: Server, made: Made) -> None:
    open_queue(watched, own.url, "mode=grid&of=all&class=shirt")
    tiles = watched.locator(".review .tile")
    expect(tiles).to_have_count(48)
    settle(watched)
    tiles.nth(2).click()
    tiles.nth(7).click(modifiers=["Shift"])
    tiles.nth(4).click()
    expect(watched.locator(".tile[aria-pressed=true]")).to_have_count(5)
    watched.keyboard.press(" ")
    expect(watched.locator(".review .state")).to_contain_text("Marked 5: 5 changed")
    expect(watched.locator(".tile.confirmed")).to_have_count(5)
    watched.keyboard.press("u")
    expect(watched.locator(".review .state")).to_contain_text("Undone 5: 5 changed")
    expect(watched.locator(".tile.confirmed")).to_have_count(0)


def test_all_of_a_selection_is_asked_about_counted_and_undone(watched: Page, own: Server, made: Made) -> None:
    shirts = int((made.labels == 0).sum())
    scored = int(((made.labels == 0) & (made.values["rmd"] == made.values["rmd"])).sum())
    open_queue(watched, own.url, "mode=grid&of=all&class=shirt")
    expect(watched.locator(".review .tile")).to_have_count(48)
    # The next sheet too: while it is asked for, an answer may bring the other's decision, and there is no conflict.
    expect(watched.locator(".review")).to_have_attribute("data-sheets", "2")
    settle(watched)
    key = watched.locator(".review .tile").first.get_attribute("data-key") or ""
    decided_elsewhere(made, [key], "T-shirt/top", "bob")
    watched.keyboard.press("Control+a")
    watched.get_by_role("button", name=re.compile("of this selection")).click()
    expect(watched.get_by_role("button", name=f"Relabel all {scored} to")).to_be_enabled()
    watched.keyboard.press("/")
    watched.keyboard.type("ankle")
    watched.keyboard.press("Enter")
    expect(watched.locator(".question")).to_contain_text(f"all {scored}? {scored} of them are undecided")
    watched.get_by_role("button", name=f"Yes, all {scored}").click()
    expect(watched.locator(".review .state")).to_contain_text(f"Marked {scored}: {scored - 1} changed, 1 in conflict")
    assert scored <= shirts
    bulk = [entry for entry in open_journal(made.audit).entries() if entry.kind == "bulk"]
    assert "class" in bulk[0].detail  # the predicate, not the images
    assert "000" not in bulk[0].detail


def test_a_second_reviewer_does_not_see_the_first_answer(watched: Page, own: Server, made: Made) -> None:
    decided_elsewhere(made, made.keys[1:200], "ankle boot", "bob")
    open_queue(watched, own.url, "mode=second")
    first_card(watched)
    expect(watched.locator(".review .progress")).to_contain_text("second reviews left to you")
    expect(watched.locator(".review .verdict")).to_have_count(0)
    expect(watched.locator(".review .history")).to_have_count(0)
    watched.keyboard.press("x")
    all_saved(watched)
    entry = decisions(made)[-1]
    assert (entry.blind, entry.effect) == (1, "conflict")


def test_two_reviewers_are_not_handed_the_same_image(own: Server, browser: Browser) -> None:
    shown = []
    for name in ("ann", "bob"):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        open_queue(page, own.url, name=name)
        first_card(page)
        shown.append(set(typed(page, [" "] * 5)))
    assert not shown[0] & shown[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_a_laptop_screen(watched: Page, own: Server, scheme: str) -> None:
    watched.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_queue(watched, own.url)
    first_card(watched)
    for part in (".frame", ".file", ".actions"):
        box = watched.locator(f".review {part}").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, part


def test_a_past_state_is_shown_and_restored_after_asking(watched: Page, own: Server, made: Made) -> None:
    decided_elsewhere(made, made.keys[1:4], "ankle boot", "bob")
    watched.goto(f"{own.url}/suspects?mode=grid")
    watched.get_by_role("button", name="History").click()
    panel = watched.get_by_test_id("stPopoverBody")
    panel.get_by_role("textbox", name="your name").fill("cat")
    panel.get_by_role("textbox", name="your name").press("Enter")
    panel.get_by_role("spinbutton").fill("1")
    panel.get_by_role("spinbutton").press("Enter")
    expect(panel).to_contain_text("2 images are otherwise now")
    restore = panel.get_by_role("button", name="Restore the state after entry 1")
    expect(restore).to_be_disabled()
    panel.get_by_text("Make these 2 images what they were").click()
    restore.click()
    expect(panel).to_contain_text("2 images changed")
    assert [entry.verdict for entry in decisions(made)][-2:] == ["restored", "restored"]
