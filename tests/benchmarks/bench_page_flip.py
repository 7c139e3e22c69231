"""How long a turned sheet takes until all its 50 thumbnails are drawn: python -m tests.benchmarks.bench_page_flip.

Timed inside the browser from the key to the frame after the last image is decoded. "Unhurried" waits for the
prefetch between turns, as a viewer who looks does; "hurried" turns again as soon as the sheet is drawn.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.audits import build_audit
from tests.serving import ALL_PAINTED, CHROMIUM_FLAGS, serving

EACH_END = 25
TURN = """async () => {
    const host = document.querySelector('.st-key-grid [data-testid=stBidiComponentIsolated]').shadowRoot;
    const before = host.querySelector('.range').textContent;
    const start = performance.now();
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown', bubbles: true }));
    while (true) {
        const images = [...host.querySelectorAll('.tile img')];
        const drawn = images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
        const range = host.querySelector('.range').textContent;
        if (drawn && range !== before && !host.querySelector('.waiting')) break;
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return [performance.now() - start, host.querySelectorAll('.tile img').length];
}"""


def turns(page: Page, count: int, pause_ms: int) -> list[float]:
    """Milliseconds of each of `count` turns."""
    found = []
    for _ in range(count):
        took, images = page.evaluate(TURN)
        assert images == 2 * EACH_END, images
        found.append(took)
        page.wait_for_timeout(pause_ms)
    return found


def said(name: str, found: list[float]) -> str:
    """One line: median and 95th percentile."""
    p95 = statistics.quantiles(found, n=20)[-1]
    return f"{name:<10} median {statistics.median(found):6.1f} ms   p95 {p95:6.1f} ms   of {len(found)} turns"


def main() -> None:
    """Measure on an audit of our own, or on one of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audits", type=Path, help="a folder of audits; one of 3,000 images is built without it")
    parser.add_argument("--audit", default="sample")
    parser.add_argument("--turns", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        audits = options.audits or Path(folder)
        if options.audits is None:
            build_audit(audits, n=3000)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        with serving(audits, Path(folder) / "log") as url:
            page = browser.new_page(viewport={"width": 1440, "height": 1200})
            page.goto(f"{url}/hardest?audit={options.audit}&each={EACH_END}")
            page.wait_for_function(ALL_PAINTED)
            page.wait_for_timeout(3000)
            print(said("unhurried", turns(page, options.turns, pause_ms=1000)))
            print(said("hurried", turns(page, options.turns, pause_ms=0)))
        browser.close()


if __name__ == "__main__":
    main()
