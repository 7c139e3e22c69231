"""Selections drawn on figures in a real browser: their geometry reaches the address and opens the images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.audits import build_audit, publish_map
from tests.browser.conftest import settle
from tests.serving import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on an audit with a map, whose images lie in the middle of it."""
    folder: Path = tmp_path_factory.mktemp("audits")
    publish_map(build_audit(folder, "drawn", n=200))
    with serving(folder, tmp_path_factory.mktemp("server") / "log") as url:
        yield url


def drag(page: Page, figure: str) -> None:
    """Draw a box over the middle of a figure."""
    area = page.locator(f"[class*='st-key-{figure}'] .nsewdrag").first
    area.wait_for(state="attached")
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=5)
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=5)
    page.mouse.up()


@pytest.mark.parametrize(
    ("path", "figure", "kind"), [("map", "map_figure", "map"), ("compare", "pair", "pair")], ids=["map", "compare"]
)
def test_a_box_opens_its_images_and_can_be_shared_and_undone(
    watched: Page, mapped: str, path: str, figure: str, kind: str
) -> None:
    watched.goto(f"{mapped}/{path}")
    settle(watched)
    drag(watched, figure)
    watched.wait_for_url(re.compile(rf"drawn={kind}%3A"))
    expect(watched.locator(".st-key-gallery .tile").first).to_be_visible()
    count = watched.locator(".st-key-gallery .range").inner_text()
    watched.goto(watched.url)  # as somebody who was sent the address
    expect(watched.locator(".st-key-gallery .range")).to_have_text(count)
    watched.get_by_role("button", name=re.compile("^Clear|close")).first.click()
    expect(watched.locator(".st-key-gallery")).to_have_count(0)
    assert "drawn" not in watched.url


def test_a_corner_opens_by_a_button_as_well(watched: Page, mapped: str) -> None:
    watched.goto(f"{mapped}/compare")
    watched.get_by_role("button", name=re.compile(r"^hard by rmd, high by vog_logit_late")).click()
    expect(watched.locator(".st-key-gallery .tile").first).to_be_visible()
