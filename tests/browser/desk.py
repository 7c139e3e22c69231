"""What a reviewer does at the queue in a browser, and what of it is in the journal."""

from __future__ import annotations

import hashlib

from playwright.sync_api import Page, expect

from core.reviews import Entry, open_journal
from tests.audits import Made
from tests.browser.conftest import settle

# Decides with these keys as fast as cards are there, and returns the image each key was about; ends where none comes.
TYPE = """async ([keys, patience]) => {
    const root = () => document.querySelector('.st-key-review [data-testid=stBidiComponentIsolated]').shadowRoot;
    const shown = () => root().querySelector('.frame') && root().querySelector('.file bdi').textContent;
    const about = [];
    for (const key of keys) {
        const started = performance.now();
        while (!shown()) {
            if (performance.now() - started > patience) return about;
            await new Promise((resolve) => setTimeout(resolve, 4));
        }
        about.push(shown());
        document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }
    return about;
}"""


def open_queue(page: Page, address: str, query: str = "mode=one&of=all", name: str = "ann") -> None:
    page.goto(f"{address}/suspects?{query}")
    field = page.get_by_placeholder("your name")
    expect(field).to_be_visible()
    field.fill(name)
    field.press("Enter")


def first_card(page: Page) -> None:
    expect(page.locator(".review .frame")).to_be_visible()
    settle(page)


def typed(page: Page, keys: list[str], patience: int = 20_000) -> list[str]:
    """Press keys; the images that they were about. patience: ms until it ends for want of an image."""
    about: list[str] = page.evaluate(TYPE, [keys, patience])
    return about


def mark_of(made: Made) -> str:
    """What tells this audit's items from another's."""
    return hashlib.blake2b(str(made.audit.path.resolve()).encode(), digest_size=6).hexdigest()


def all_saved(page: Page) -> None:
    expect(page.locator(".review .state")).to_have_attribute("data-waiting", "0")


def decisions(made: Made) -> list[Entry]:
    journal = open_journal(made.audit)
    try:
        return [entry for entry in journal.entries() if entry.key is not None]
    finally:
        journal.close()
