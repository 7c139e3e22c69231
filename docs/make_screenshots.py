"""The pictures of the documentation, from a real audit: python -m docs.make_screenshots [FOLDER OF AUDITS] [AUDIT].

Makes a light and a dark picture of each page of PAGES beside this file. `hardlook demo`
makes the audit they were taken of.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from docs.pictures import save_picture
from tests.serving import ALL_PAINTED, CHROMIUM_FLAGS, serving

PAGES = {
    "overview": ("/", 1180), "hardest": ("/hardest?by=class&each=6", 980), "compare": ("/compare?show=quadrants", 760),
    "suspects": ("/suspects", 900), "runs": ("/runs", 900),
    "map": ("/map", 860), "difficulty": ("/difficulty", 1240), "calibration": ("/calibration", 760),
}  # fmt: skip
"""Address and height in pixels; a full-page picture would not scroll Streamlit's own frame."""


def take(page: Page, url: str, name: str, scheme: str) -> None:
    """One picture, when everything is drawn."""
    address, height = PAGES[name]
    page.set_viewport_size({"width": 1440, "height": height})
    page.goto(url + address)
    if name in ("hardest", "suspects"):
        page.wait_for_function(ALL_PAINTED)
    elif name == "runs":
        page.wait_for_selector(".st-key-runs tbody tr")
    elif name in ("compare", "map"):
        page.wait_for_selector("[data-testid=stPlotlyChart] .scatterlayer .point")
    elif name in ("difficulty", "calibration"):
        page.wait_for_selector("[data-testid=stPlotlyChart] .bars")
    else:
        page.wait_for_selector(".st-key-classes tbody tr")
        page.wait_for_selector("[data-testid=stPlotlyChart] .bars")
    page.wait_for_timeout(4000)  # the chart's fonts and the prefetch settle
    save_picture(page, f"{name}-{scheme}")


def main() -> None:
    """Every page in both themes."""
    audits = Path(sys.argv[1] if len(sys.argv) > 1 else "audits").resolve()
    chosen = sys.argv[2] if len(sys.argv) > 2 else "demo"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        with serving(audits, Path(folder) / "log", audit=chosen) as url:
            for scheme in ("light", "dark"):
                page = browser.new_page(color_scheme=scheme)
                for name in PAGES:
                    take(page, url, name, scheme)
        browser.close()


if __name__ == "__main__":
    main()
