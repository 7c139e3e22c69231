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

from tests.benchmarks.dashboard.at_rest import Server, served
from tests.benchmarks.dashboard.figures import figures
from tests.benchmarks.dashboard.images import boxes, choices, flips, jumps
from tests.benchmarks.dashboard.large import large_audit
from tests.benchmarks.dashboard.the_server import first_paint, five_people, memory
from tests.benchmarks.reporting import say_conditions
from tests.serving import CHROMIUM_FLAGS


def main() -> None:
    """Measure the rows that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "hardlook-large")
    parser.add_argument("--only", nargs="*", help="start, flips, jumps, choices, figures, boxes, memory, people")
    parser.add_argument("--repeats", type=int, default=30)
    asked = parser.parse_args()
    large_audit(asked.folder)
    say_conditions("the dashboard at 1,281,167 images")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)

        def wanted(row: str) -> bool:
            return not asked.only or row in asked.only

        if wanted("start"):
            first_paint(asked.folder, folder, browser)
        rows: dict[str, Callable[[Server], None]] = {
            "flips": lambda server: flips(browser, server, 2 * asked.repeats),
            "jumps": lambda server: jumps(browser, server, asked.repeats),
            "choices": lambda server: choices(browser, server, asked.repeats),
            "figures": lambda server: figures(browser, server, asked.repeats),
            "boxes": lambda server: boxes(browser, server, asked.repeats),
            "memory": lambda server: memory(browser, server),
            "people": lambda server: five_people(server, 60),
        }
        for row, measure in rows.items():
            if wanted(row):
                with served(asked.folder, folder) as server:
                    measure(server)
        browser.close()


if __name__ == "__main__":
    main()
