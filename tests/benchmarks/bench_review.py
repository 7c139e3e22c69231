"""Reviewing at 1,281,167 images, in Chromium: python -m tests.benchmarks.bench_review [--folder FOLDER].

Times are taken inside the browser: from a key to the frame after the next image is painted, and to the moment when the
page shows the decision as saved, which is after the journal's commit is on the disk. The audit is made once and kept in
the folder; the journal that is written in it is removed again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core.reviews import By, Decision, ReviewedImage, conflicts, current, decide, open_journal
from core.store.audit import Audit
from tests.benchmarks.dashboard.large import large_audit
from tests.benchmarks.reporting import report, say, say_conditions
from tests.serving import CHROMIUM_FLAGS, free_port, start

VERDICTS = {" ": "confirmed", "x": "excluded"}
PACE_MS = 500
ROOM = """const room = document.querySelector('.st-key-review [data-testid=stBidiComponentIsolated]').shadowRoot;
    const shown = () => room.querySelector('.frame img') ? room.querySelector('.file bdi').textContent : '';
    const state = () => room.querySelector('.state').dataset;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const press = (key) => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    const until = async (done) => {
        const start = performance.now();
        while (!done()) {
            if (performance.now() - start > 30000) throw new Error('waited for 30 s');
            await new Promise((resolve) => setTimeout(resolve, 1));
        }
    };"""
# One key: ms until the next image is painted, and until the decision is shown as saved.
ONE = f"""async (key) => {{
    {ROOM}
    await until(shown);
    const before = shown();
    const start = performance.now();
    press(key);
    await until(() => shown() && shown() !== before && room.querySelector('.frame img').complete);
    await frame();
    await frame();
    const painted = performance.now() - start;
    await until(() => state().waiting === '0');
    return [painted, performance.now() - start];
}}"""
# A key every so many ms, whatever the server does: how often there was no image to decide, and the keys' images.
STEADY = f"""async ([n, pace]) => {{
    {ROOM}
    await until(shown);
    const about = [];
    let missed = 0;
    const start = performance.now();
    for (let turn = 0; about.length < n; turn += 1) {{
        await until(() => performance.now() >= start + turn * pace);
        if (!shown()) missed += 1;
        else {{
            about.push(shown());
            press(turn % 4 ? ' ' : 'x');
        }}
    }}
    const seconds = (performance.now() - start) / 1000;
    await until(() => state().waiting === '0');
    return {{ about, missed, seconds }};
}}"""

# Whether a page is there that has an image to decide; whether it has nothing left to save. A server that comes back
# has the page drawn anew, so for a moment there is none.
READY, SAVED = (
    f"""() => {{
        const room = document.querySelector('.st-key-review [data-testid=stBidiComponentIsolated]')?.shadowRoot;
        return Boolean({what});
    }}"""
    for what in ("room?.querySelector('.frame img')", "room?.querySelector('.state')?.dataset.waiting === '0'")
)


def open_queue(browser: Browser, url: str, name: str = "ann") -> Page:
    """A page with the whole set in the order of suspicion, the first image painted and the next ones there."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{url}/suspects?audit=large&mode=one&of=all")
    page.wait_for_selector(".review .name input", timeout=60_000)
    page.locator(".name input").fill(name)
    page.keyboard.press("Enter")
    page.wait_for_selector(".review .frame img", timeout=60_000)
    page.wait_for_timeout(4000)
    return page


def keystrokes(browser: Browser, url: str, n: int) -> None:
    """Somebody who looks at each image for three quarters of a second."""
    page = open_queue(browser, url)
    painted, saved = [], []
    for turn in range(n):
        one, two = page.evaluate(ONE, " x"[turn % 2])
        painted.append(one)
        saved.append(two)
        page.wait_for_timeout(750)
    report("key to next image painted", painted, None, 100)
    report("key to shown as saved", saved, 200, 350)
    page.close()


def steady(browser: Browser, url: str, audit: Audit, n: int) -> None:
    """A scripted reviewer at two decisions a second: all arrive, once and in order."""
    page = open_queue(browser, url, "bob")
    page.set_default_timeout(0)
    found = page.evaluate(STEADY, [n, PACE_MS])
    rate = n / found["seconds"]
    say(f"decisions a second over {n:,}", f"{rate:.2f}, {found['missed']} waits", "≥ 2", rate >= 1.99)
    written = [entry.key for entry in _entries(audit) if entry.reviewer == "bob"]
    say("all there, once, in order", f"{len(written):,} of {n:,}", "all", written == found["about"])
    page.close()


def kills(browser: Browser, audit: Audit, log: Path, times: int) -> None:
    """The server is killed amid decisions: whatever the page showed as saved is in the journal, and in the end all."""
    port, chance, lost, about = free_port(), random.Random(0), 0, []
    process = start(audit.path.parent, log, port)
    page = open_queue(browser, f"http://127.0.0.1:{port}", "cat")
    page.set_default_timeout(0)
    try:
        for _ in range(times):
            page.wait_for_function(READY)
            page.evaluate(
                f"""(ms) => {{ {ROOM} window.typed = []; window.typing = setInterval(() => {{
                    if (!shown()) return; window.typed.push(shown()); press(' '); }}, ms); }}""",
                60,
            )
            time.sleep(chance.uniform(0.2, 1.0))  # each kill at another moment of a decision
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            state = page.evaluate(f"""() => {{ {ROOM} clearInterval(window.typing);
                return [window.typed, Number(state().waiting)]; }}""")
            about += state[0]
            shown_as_saved = about[: len(about) - state[1]]
            present = {entry.key for entry in _entries(audit) if entry.reviewer == "cat"}
            lost += len(set(shown_as_saved) - present)
            process = start(audit.path.parent, log, port)
            page.wait_for_function(SAVED)
        written = [entry.key for entry in _entries(audit) if entry.reviewer == "cat"]
        say(f"shown as saved, lost in {times} kills", f"{lost} of {len(about):,}", "0", lost == 0)
        say("all there in the end, once, in order", f"{len(written):,} of {len(about):,}", "all", written == about)
    finally:
        process.terminate()
        process.wait(timeout=30)
        page.close()


def _review(path: Path, reviewer: str, number: int, n: int) -> None:
    """One of five who look at the same images without seeing one another's answers."""
    journal = open_journal(Audit(path))
    chance = random.Random(number)
    for turn in range(n):
        key, label = f"n0000/{chance.randrange(2 * n):08d}.jpg", f"class {chance.randrange(3):03d}"
        decide(
            journal, Decision(ReviewedImage(key, "x", "class 000"), "relabelled", label), By(reviewer, reviewer, turn)
        )
    journal.close()


def concurrent(audit: Audit, n: int) -> None:
    """Five processes decide at once, on images that overlap."""
    names = [f"reviewer {number}" for number in range(5)]
    workers = [
        multiprocessing.get_context("spawn").Process(target=_review, args=(audit.path, name, number, n))
        for number, name in enumerate(names)
    ]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    entries = [entry for entry in _entries(audit) if entry.reviewer in names]
    sent = Counter((entry.reviewer, entry.number) for entry in entries)
    whole = len(sent) == 5 * n and set(sent.values()) == {1}
    say(f"five reviewers × {n}: there, each once", f"{len(entries):,} in {seconds:.0f} s", f"{5 * n:,}", whole)
    # Told again by a plain loop: nobody saw anything, so whoever is not the first, and says something else, conflicts.
    holder: dict[str, tuple[str, str]] = {}
    expected = 0
    for entry in entries:
        name, label = holder.setdefault(entry.key or "", (entry.reviewer, entry.new_label or ""))
        if name == entry.reviewer:
            holder[entry.key or ""] = (name, entry.new_label or "")
        else:
            expected += label != entry.new_label
    journal = open_journal(audit)
    reported = sum(conflict.reviewer in names for conflict in conflicts(journal))
    held = {key: current(journal)[key].label for key in holder}
    journal.close()
    say("conflicts, all reported", f"{reported:,} of {expected:,}", "all", reported == expected)
    say(
        "and no answer overridden unseen",
        f"{len(held):,} images",
        "all",
        held == {k: v for k, (_, v) in holder.items()},
    )


def _entries(audit: Audit):  # type: ignore[no-untyped-def]
    journal = open_journal(audit)
    try:
        return [entry for entry in journal.entries() if entry.key is not None]
    finally:
        journal.close()


def forget(audit: Audit) -> None:
    """Remove what reviewing wrote beside the audit."""
    for path in [*audit.path.glob("reviews.sqlite*"), *(audit.path / "cache").glob("loans.sqlite*")]:
        with suppress(FileNotFoundError):
            path.unlink()


def main() -> None:
    """Every figure, each on an empty journal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "hardlook-large")
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--decisions", type=int, default=1000)
    parser.add_argument("--each", type=int, default=500, help="decisions of each of five reviewers")
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    say_conditions("reviewing at 1,281,167 images")
    audit = large_audit(options.folder)
    if (audit.path / "reviews.sqlite").exists():
        parser.error(
            f"{audit.path} has a journal already; it is not the benchmark's, so it stays. Give another --folder."
        )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        log = Path(folder) / "log"
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        parts: list[tuple[int, Callable[[str], None]]] = [
            (options.keys, lambda url: keystrokes(browser, url, options.keys)),
            (options.decisions, lambda url: steady(browser, url, audit, options.decisions)),
        ]
        try:
            for n, part in parts:
                if n:
                    port = free_port()
                    process = start(options.folder, log, port)
                    try:
                        part(f"http://127.0.0.1:{port}")
                    finally:
                        process.terminate()
                        process.wait(timeout=30)
                        forget(audit)
            if options.kills:
                kills(browser, audit, log, options.kills)
                forget(audit)
            if options.each:
                concurrent(audit, options.each)
        finally:
            forget(audit)
            browser.close()


if __name__ == "__main__":
    main()
