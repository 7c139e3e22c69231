"""Reviewing while something goes wrong, in a real browser: python -m tests.attacks.dashboard.reviewing --rounds 3.

Whatever happens, what the page shows as saved is in the journal, each decision is there once, and what is said is true.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.store.audit import Audit
from tests.attacks.dashboard.network import Line
from tests.attacks.dashboard.served import CLOCK_VARIABLE
from tests.attacks.faults import list_faults
from tests.audits import Made, build_audit
from tests.browser.desk import all_saved, decisions, first_card, open_queue, typed
from tests.serving import CHROMIUM_FLAGS, serving

KEYS = (" ", "x", " ", "s")
DAY = 86_400.0
LOAN = 900.0  # seconds that an image is kept for whoever was handed it
SET_BACK = "Date.now = ((now) => () => now() - (window.setBack ? 86400000 : 0))(Date.now)"


@dataclass
class Stage:
    """A server, the line to it, a clock that can be set, and a browser. Each scenario has an audit of its own."""

    folder: Path
    browser: Browser
    line: Line
    draw: random.Random
    patient: bool  # the long form: waits as long as people do
    numbers: Iterator[int] = field(default_factory=count)

    def audit(self, n: int = 120) -> Made:
        """An audit that nothing else writes to."""
        return build_audit(self.folder / "audits", f"reviewed {next(self.numbers)}", n=n)

    def context(self) -> BrowserContext:
        """A browser of somebody's own."""
        return self.browser.new_context(viewport={"width": 1440, "height": 900})

    def page(self, made: Made, name: str = "ann", context: BrowserContext | None = None) -> Page:
        """A queue that is open, over the line."""
        page = (context or self.context()).new_page()
        page.on("dialog", lambda dialog: dialog.accept())  # a page with something unsaved asks before it is left
        page.add_init_script(SET_BACK)
        open_queue(page, f"http://127.0.0.1:{self.line.port}", f"mode=one&of=all&audit={made.audit.name}", name)
        first_card(page)
        return page

    def type(self, page: Page, most: int = 8, patience: int = 300) -> list[str]:
        """Decide a few images, as fast as cards are there; which those were."""
        keys = [self.draw.choice(KEYS) for _ in range(self.draw.randint(2, most))]
        return typed(page, keys, patience)

    def set_clock(self, seconds: float) -> None:
        """The server's clock is off by so much from now on."""
        (self.folder / "clock").write_text(str(seconds))


@contextmanager
def staged(folder: Path, browser: Browser, seed: int, *, patient: bool) -> Iterator[Stage]:
    """A stage under a folder."""
    (folder / "clock").write_text("0")
    (folder / "audits").mkdir()
    build_audit(folder / "audits", "first", n=12)
    os.environ[CLOCK_VARIABLE] = str(folder / "clock")
    try:
        with ExitStack() as stack:
            served = serving(folder / "audits", folder / "log", module="tests.attacks.dashboard.served")
            line = stack.enter_context(Line(int(stack.enter_context(served).rpartition(":")[2])))
            yield Stage(folder, browser, line, random.Random(seed), patient)
    finally:
        del os.environ[CLOCK_VARIABLE]


def state(page: Page) -> str:
    """What the page says of what was sent."""
    return page.locator(".review .state").inner_text()


def saved(page: Page) -> int:
    """How many decisions the page shows as saved."""
    return int(page.locator(".review .state").get_attribute("data-saved") or 0)


def nothing_shown_is_lost(page: Page, made: Made, about: list[str]) -> None:
    """What is shown as saved now is in the journal, in order."""
    shown, there = saved(page), [entry.key for entry in decisions(made)]
    assert there[:shown] == about[:shown], f"{shown} shown as saved; in the journal {there}; decided {about}"


def all_there_once(page: Page, made: Made, about: list[str]) -> None:
    """Everything decided arrives, in order, once, and is counted once."""
    all_saved(page)
    assert [entry.key for entry in decisions(made)] == about
    nothing_shown_is_lost(page, made, about)


def offline(stage: Stage, how: str) -> None:
    """The network goes while decisions are made, and comes back."""
    made = stage.audit()
    page = stage.page(made)
    about: list[str] = []
    for _ in range(4 if stage.patient else 2):
        about += stage.type(page)
        page.wait_for_timeout(stage.draw.uniform(0, 400))  # the moment is what is tried: an answer may be on its way
        stage.line.state = how
        about += stage.type(page)
        page.wait_for_timeout(stage.draw.uniform(500, 9_000 if stage.patient else 3_500))
        nothing_shown_is_lost(page, made, about)
        if len(decisions(made)) < len(about):
            expect(page.locator(".review .state")).not_to_contain_text("all ")
        stage.line.state = "open"
        expect(page.locator(".review .frame")).to_be_visible()
        all_there_once(page, made, about)


def offline_without_a_word(stage: Stage) -> None:
    """Nothing moves any more, and no connection ends."""
    offline(stage, "silent")


def offline_cut(stage: Stage) -> None:
    """Every connection ends, and no new one is to be had."""
    offline(stage, "cut")


def two_tabs(stage: Stage) -> None:
    """One reviewer decides in two tabs, which are shown the same images."""
    made, context = stage.audit(), stage.context()
    tabs = [stage.page(made, context=context), stage.page(made, context=context)]
    about: list[list[str]] = [[], []]
    for _ in range(6 if stage.patient else 3):
        which = stage.draw.randrange(2)
        about[which] += stage.type(tabs[which], most=4)
    for page in tabs:
        all_saved(page)
        assert "another reviewer" not in state(page), "there is no other reviewer"
    assert [saved(page) for page in tabs] == [len(each) for each in about]
    assert sorted(entry.key or "" for entry in decisions(made)) == sorted(about[0] + about[1])
    assert len({(entry.nonce, entry.number) for entry in decisions(made)}) == len(about[0]) + len(about[1])


def a_tab_copied_with_what_it_had_not_sent(stage: Stage) -> None:
    """A tab is duplicated while it has unsent decisions: both send them."""
    made, context = stage.audit(), stage.context()
    page = stage.page(made, context=context)
    stage.line.state = "cut"
    about = stage.type(page)
    kept = page.evaluate("() => ({ ...sessionStorage })")
    stage.line.state = "open"
    copy = context.new_page()
    copy.add_init_script(f"for (const [k, v] of Object.entries({kept!r})) sessionStorage.getItem('copied') || "
                         "sessionStorage.setItem(k, v); sessionStorage.setItem('copied', '1')")  # fmt: skip
    open_queue(copy, f"http://127.0.0.1:{stage.line.port}", f"mode=one&of=all&audit={made.audit.name}")
    for each in (page, copy):
        expect(each.locator(".review .frame")).to_be_visible()
        all_there_once(each, made, about)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another program keeps a database from being written."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def decided_under_a_lock(
    stage: Stage, database: Callable[[Audit], Path], look: Callable[[Page, Made, list[str]], None]
) -> tuple[Page, Made, list[str]]:
    """Decide while a database of the audit is locked, for longer than is waited for in the long form.

    look: takes the page, the audit and the decided images' keys, at every look while it is locked.
    """
    made = stage.audit()
    page = stage.page(made)
    about = stage.type(page)
    all_there_once(page, made, about)
    with locked(database(made.audit)):
        about += stage.type(page)
        for _ in range(40 if stage.patient else 6):
            page.wait_for_timeout(1000)
            nothing_shown_is_lost(page, made, about)
            look(page, made, about)
    return page, made, about


def journal_locked(stage: Stage) -> None:
    """The journal is locked: what waits is said to wait, and arrives."""

    def look(page: Page, _made: Made, _about: list[str]) -> None:
        said = state(page)
        assert "saving" in said or "not saved yet" in said, said

    page, made, about = decided_under_a_lock(stage, lambda audit: audit.path / "reviews.sqlite", look)
    expect(page.locator(".review .state")).to_have_attribute("data-waiting", "0", timeout=60_000)
    expect(page.locator(".review .state")).not_to_contain_text("not saved")
    all_there_once(page, made, about)


def loans_locked(stage: Stage) -> None:
    """The loans are locked: decisions are saved all the same, and no message says that they were not."""

    def look(page: Page, made: Made, about: list[str]) -> None:
        if len(decisions(made)) == len(about):
            assert "not saved" not in state(page), state(page)

    page, made, about = decided_under_a_lock(stage, lambda audit: audit.cache / "loans.sqlite", look)
    expect(page.locator(".review .frame")).to_be_visible(timeout=60_000)
    all_there_once(page, made, about)


def clock_set_back(stage: Stage) -> None:
    """The server's and the browser's clock are set back a day while images are lent and decisions made."""
    made = stage.audit(40)
    page = stage.page(made)
    about = typed(page, [" "] * 4)
    stage.set_clock(-DAY)
    page.evaluate("window.setBack = true")
    about += typed(page, ["x"] * 4)
    all_there_once(page, made, about)
    assert "-" not in state(page), state(page)
    page.keyboard.press("u")
    expect(page.locator(".review .file bdi").first).to_have_text(about[-1])  # the last, not the one of the latest time
    all_saved(page)
    page.context.close()
    stage.set_clock(-DAY + LOAN + 60)  # what ann was handed and left is anybody's again
    other = stage.page(made, name="bob")
    theirs = typed(other, [" "] * len(made.keys), 3_000)
    all_saved(other)
    stage.set_clock(0)
    queued = {key for key, value in zip(made.keys, made.values["rmd"], strict=True) if np.isfinite(value)}
    left = queued - set(about[:-1]) - set(theirs)
    assert not left, f"images that nobody is shown: {sorted(left)}"


def reloaded(stage: Stage) -> None:
    """The page is loaded again, again and again, with decisions that were not sent."""
    made = stage.audit()
    page = stage.page(made)
    about: list[str] = []
    for _ in range(6 if stage.patient else 2):
        if stage.draw.random() < 0.5:
            stage.line.state = "cut"
        about += stage.type(page)
        page.wait_for_timeout(stage.draw.uniform(0, 300))
        stage.line.state = "open"
        page.reload()
        expect(page.locator(".review .frame")).to_be_visible()
    all_saved(page)
    assert [entry.key for entry in decisions(made)] == about


SCENARIOS: tuple[Callable[[Stage], None], ...] = (
    offline_without_a_word, offline_cut, two_tabs, a_tab_copied_with_what_it_had_not_sent, journal_locked, loans_locked,
    clock_set_back, reloaded,
)  # fmt: skip


def chromium() -> str | None:
    """The system's browser."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def main() -> int:
    """Print what was tried; 1 if a scenario failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    if chromium() is None:
        print("no Chromium on this machine: nothing was tried")
        return 0
    start, faults = time.monotonic(), []
    chosen = [scenario for scenario in SCENARIOS if given.only in scenario.__name__]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        with staged(Path(folder), browser, given.seed, patient=True) as stage:
            for number in range(given.rounds):
                for scenario in chosen:
                    try:
                        scenario(stage)
                    except AssertionError as error:
                        faults.append(f"round {number}, {scenario.__name__}: {error}")
                    stage.line.state = "open"
        browser.close()
    print(f"{given.rounds} rounds of {len(chosen)} scenarios in {time.monotonic() - start:.0f} s")
    return list_faults(faults)


if __name__ == "__main__":
    sys.exit(main())
