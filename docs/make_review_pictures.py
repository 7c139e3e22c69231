"""The pictures of docs/review.md: python -m docs.make_review_pictures [FOLDER OF AUDITS] [AUDIT].

A reviewer who knows the true labels of the bundled data works on a copy of the audit, whose own journal stays as it is.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from core.answers.review.random_sample import sample_at
from core.answers.view.reader import Reader, open_reader
from core.reviews import By, Decision, ReviewedImage, decide, open_journal
from core.store import lookups, views
from core.store.audit import Audit
from docs.pictures import save_picture
from tests.serving import CHROMIUM_FLAGS, serving

SAMPLED, SECONDED = 300, 120


def copy_of(audit: Path, folder: Path) -> Audit:
    """The audit in another folder, without anybody's reviews."""
    shutil.copytree(audit, folder / audit.name, ignore=shutil.ignore_patterns("reviews.sqlite*", "loans.sqlite*"))
    return Audit(folder / audit.name)


def decide_by_truth(
    audit: Audit, reader: Reader, ids: list[int], who: str, *, err: int = 0, blind: bool = False
) -> None:
    """Decide images rightly, but for every `err`-th, where the given label is confirmed."""
    journal, truth = open_journal(audit), views.true_labels(reader.hub)
    assert truth is not None
    for turn, row in enumerate(lookups.image_rows(reader.hub, ids)):
        given, right = reader.class_name(row["label"]), reader.class_name(int(truth[row["image_id"]]))
        label = given if err and turn % err == 0 else right
        verdict = "confirmed" if label == given else "relabelled"
        picture = ReviewedImage(row["key"], row["content_hash"], given)
        decide(journal, Decision(picture, verdict, label, seen=journal.last, blind=blind), By(who))
    journal.close()


def save(page: Page, name: str, height: int = 900) -> None:
    """One picture, when everything is drawn."""
    page.set_viewport_size({"width": 1440, "height": height})
    page.wait_for_timeout(2500)
    save_picture(page, f"review-{name}")


def open_mode(page: Page, url: str, mode: str, name: str, more: str = "") -> None:
    """The page in a mode, as a reviewer of that name."""
    page.goto(f"{url}/suspects?mode={mode}{more}")
    page.wait_for_selector(".review .name input")
    page.locator(".name input").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_selector(".review .frame img, .review .tile img, .review .ended")
    page.wait_for_timeout(2500)


def take_all(page: Page, url: str, audit: Audit, reader: Reader) -> None:
    """An afternoon: a queue, a sheet, a sample, second reviews, a conflict, what was there before."""
    open_mode(page, url, "one", "ann")
    for key in "1111x1 1111":
        page.keyboard.press(key)
        page.wait_for_timeout(700)
    save(page, "one")
    page.keyboard.press("/")
    page.keyboard.type("s")
    save(page, "any-class", 620)
    open_mode(page, url, "grid", "ann", "&class=Shirt")
    page.locator(".tile").nth(3).click()
    page.locator(".tile").nth(9).click(modifiers=["Shift"])
    save(page, "grid")
    address = next(info.address for info in reader.scores if info.name == "suspicion")
    ids = sample_at(reader, address, 0, SAMPLED).tolist()
    decide_by_truth(audit, reader, ids, "ann", err=25)
    decide_by_truth(audit, reader, ids[:SECONDED], "bob", err=30, blind=True)
    open_mode(page, url, "sample", "ann")
    page.mouse.wheel(0, 700)
    save(page, "sample", 1320)
    open_mode(page, url, "second", "cat")
    save(page, "second", 1080)
    open_mode(page, url, "conflicts", "cat")
    save(page, "conflict")
    page.get_by_role("button", name="History").click()
    page.get_by_role("spinbutton").fill("300")
    page.keyboard.press("Enter")
    save(page, "history", 760)


def main() -> None:
    """All of them, on a copy."""
    audits = Path(sys.argv[1] if len(sys.argv) > 1 else "audits").resolve()
    chosen = sys.argv[2] if len(sys.argv) > 2 else "demo"
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        audit = copy_of(audits / chosen, folder / "audits")
        reader = open_reader(audit)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        with serving(folder / "audits", folder / "log", audit=chosen) as url:
            take_all(browser.new_page(viewport={"width": 1440, "height": 900}), url, audit, reader)
        browser.close()


if __name__ == "__main__":
    main()
