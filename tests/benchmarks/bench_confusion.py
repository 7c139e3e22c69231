"""Confusion at 1,281,167 images and 1,000 classes: python -m tests.benchmarks.bench_confusion [--folder FOLDER].

The counting against scikit-learn's and against one reading of the arrays, in CPU time; then the section of the page in
Chromium, from the input to the frame in which what it asked for is painted. The audit is that of `bench_dashboard`.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from sklearn.metrics import confusion_matrix

from core.answers.models.confusion import confusion
from core.answers.models.evaluating_labels import evaluating_labels
from core.answers.models.predictions import EVERY, model_predictions
from core.answers.view.reader import open_reader
from core.store.audit import Audit
from tests.benchmarks.dashboard.at_rest import Server, idle, served
from tests.benchmarks.dashboard.figures import figures
from tests.benchmarks.dashboard.large import large_audit
from tests.benchmarks.reporting import paired, report, say, say_conditions
from tests.serving import CHROMIUM_FLAGS

PAGES = {
    "difficulty?images=every": ("decile",),
    "difficulty?images=every&class=class+005": ("decile", "cells"),
}
"""Every image evaluated, first as a list of pairs and then as the matrix of a class and those confused with it most."""
# Starts a clock, opens a row of the confused pairs, and stops it in the frame after its images are all painted.
PAIR_TIMED = """async (row) => {
    const root = (key) => document.querySelector(`.st-key-${key} [data-testid=stBidiComponentIsolated]`)?.shadowRoot;
    const tiles = () => [...(root('gallery_confusion')?.querySelectorAll('.tile') ?? [])];
    const keys = () => tiles().map((tile) => tile.dataset.key).join();
    const before = keys();
    const start = performance.now();
    root('confused_pairs').querySelectorAll('tbody tr')[row].click();
    const drawn = () => {
        const images = tiles().flatMap((tile) => [...tile.querySelectorAll('img')]);
        return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
    };
    while (!drawn() || keys() === before) {
        if (performance.now() - start > 30000) throw new Error('no images for 30 s');
        await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
}"""


def counting(audit: Audit, repeats: int) -> None:
    """Counts and the most confused pairs of a model, against scikit-learn's counts of the same labels."""
    reader = open_reader(audit)
    model = model_predictions(reader, next(run.run_id for run in reader.hub.runs if run.kind == "train"))
    by, ids = evaluating_labels(reader, ""), np.flatnonzero(model.rows(EVERY))
    labels, predicted = by.labels[ids], model.predicted[ids]
    ours = confusion(model, by, ids).counts
    if not np.array_equal(ours, confusion_matrix(labels, predicted)):
        raise SystemExit("the counts differ from scikit-learn's")
    found = paired(lambda: confusion(model, by, ids), lambda: confusion_matrix(labels, predicted), repeats)
    of_ours = f"{1000 * found.ours:.0f} ms"
    say("counts and pairs, against scikit-learn's counts", f"{found.ratio:.1f}x ({of_ours})", "≥ 1x", found.ratio >= 1)
    floor = paired(lambda: confusion(model, by, ids), lambda: np.bincount(labels * 1000 + predicted), repeats)
    say("… against one pass that adds up the cells", f"{1 / floor.ratio:.1f} times as long", "", None)


def pairs(browser: Browser, server: Server, repeats: int) -> None:
    """Pairs of classes opened to their images, of all images and of the hardest decile."""
    for decile in ("", "&decile=10"):
        page = browser.new_page(viewport={"width": 1440, "height": 1200})
        page.goto(f"{server.url}/difficulty?audit=large&images=every{decile}")
        page.wait_for_selector(".st-key-confused_pairs tbody tr", timeout=60_000)
        times = []
        for row in range(repeats):
            idle(page)
            times.append(page.evaluate(PAIR_TIMED, row))
        report(f"a pair{' of the hardest decile' if decile else ''}, to its images", times, None, 700)
        page.close()


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "hardlook-large")
    parser.add_argument("--repeats", type=int, default=30)
    asked = parser.parse_args()
    audit = large_audit(asked.folder)
    say_conditions("confusion of 1,281,167 images")
    counting(audit, 7)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        with served(asked.folder, Path(name)) as server:
            figures(browser, server, asked.repeats, PAGES)
            pairs(browser, server, asked.repeats)
        browser.close()


if __name__ == "__main__":
    main()
