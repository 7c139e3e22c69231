"""The dashboard at 1,281,167 images, in Chromium: python -m tests.benchmarks.bench_dashboard [--folder FOLDER].

Every time is taken inside the browser, from the input to the frame after what it asked for is painted. The audit is
made once and kept in the folder (4 minutes, 0.7 GB).
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from core.store import views
from core.store.audit import Audit
from tests.benchmarks.dashboard.at_rest import Server, served
from tests.benchmarks.dashboard.figures import figures, papers
from tests.benchmarks.dashboard.images import boxes, choices, flips, jumps
from tests.benchmarks.dashboard.large import LARGE, large_audit
from tests.benchmarks.dashboard.the_server import first_paint, five_people, memory
from tests.benchmarks.reporting import say_conditions
from tests.serving import CHROMIUM_FLAGS


def main() -> None:
    """Measure the rows that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "hardlook-large")
    rows = "start, flips, jumps, choices, figures, papers, boxes, memory, people"
    parser.add_argument("--only", nargs="*", help=rows)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--audit", default=LARGE, help="another audit of the folder, as the lens of bench_lens")
    asked = parser.parse_args()
    audit = large_audit(asked.folder) if asked.audit == LARGE else Audit(asked.folder / asked.audit)
    images = len(views.labels(views.open_hub(audit, ())))
    say_conditions(f"the dashboard at {images:,} images")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)

        def wanted(row: str) -> bool:
            return not asked.only or row in asked.only

        if wanted("start"):
            first_paint(asked.folder, folder, browser, asked.audit)
        measures: dict[str, Callable[[Server], None]] = {
            "flips": lambda server: flips(browser, server, 2 * asked.repeats),
            "jumps": lambda server: jumps(browser, server, asked.repeats),
            "choices": lambda server: choices(browser, server, asked.repeats),
            "figures": lambda server: figures(browser, server, asked.repeats),
            "papers": lambda server: papers(browser, server, asked.repeats),
            "boxes": lambda server: boxes(browser, server, asked.repeats),
            "memory": lambda server: memory(browser, server),
            "people": lambda server: five_people(server, 60),
        }
        for row, measure in measures.items():
            if wanted(row):
                with served(asked.folder, folder, asked.audit, images) as server:
                    measure(server)
        browser.close()


if __name__ == "__main__":
    main()
