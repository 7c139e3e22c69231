"""Error against difficulty and Calibration in a real browser."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

pytestmark = pytest.mark.browser
BARS = ".st-key-figure_deciles .bars .point"


def drawn(page: Page, key: str) -> None:
    """Until the figure is painted."""
    expect(page.locator(f".st-key-{key} .main-svg").first).to_be_visible()
    settle(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_errors_paints(watched: Page, server: str, scheme: str) -> None:
    watched.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    watched.goto(f"{server}/difficulty?audit=sample")
    for key in ("figure_deciles", "figure_ends", "figure_groups", "figure_classes"):
        drawn(watched, key)
    expect(watched.locator(BARS)).to_have_count(10)


def test_a_bar_opens_its_images_and_they_open_on_the_light_table(watched: Page, server: str) -> None:
    watched.goto(f"{server}/difficulty?audit=sample")
    drawn(watched, "figure_deciles")
    watched.locator(BARS).nth(9).click(force=True)
    watched.wait_for_url(re.compile("opened="))
    part = parse_qs(parse_qs(urlsplit(watched.url).query)["opened"][0])
    assert part["part"] == ["decile 10"]
    expect(watched.locator(".end").filter(has_text="Hardest decile by rmd")).to_be_visible()
    watched.get_by_role("link", name=re.compile("^Open these")).click()
    watched.wait_for_url(re.compile("/hardest.*only=decile"))
    expect(watched.get_by_role("button", name=re.compile("^only hardest decile by rmd"))).to_be_visible()
    watched.go_back()
    watched.go_back()
    drawn(watched, "figure_deciles")
    expect(watched.get_by_text("Close these images")).to_have_count(0)


def test_the_last_tick_of_an_axis_has_its_label(watched: Page, server: str) -> None:
    watched.goto(f"{server}/calibration?audit=sample&show=rejection")
    drawn(watched, "figure_coverage")
    label = watched.locator(".st-key-figure_coverage .xaxislayer-above .xtick text").last
    expect(label).to_have_text(re.compile(r"^100\s%$"))
    expect(label).to_be_visible()


def test_sections_of_calibration_are_in_the_address(watched: Page, server: str) -> None:
    watched.goto(f"{server}/calibration?audit=sample")
    drawn(watched, "figure_reliability")
    watched.get_by_role("radio", name="Rejection").click()
    watched.wait_for_url(re.compile("show=rejection"))
    drawn(watched, "figure_coverage")
    watched.reload()
    drawn(watched, "figure_rejection")


def test_numbers_and_pictures_can_be_taken_away(watched: Page, server: str) -> None:
    watched.goto(f"{server}/difficulty?audit=sample&picture=svg")
    drawn(watched, "figure_deciles")
    with watched.expect_download() as numbers:
        watched.locator(".st-key-csv_figure_deciles").get_by_role("button", name="CSV").first.click()
    assert numbers.value.suggested_filename.endswith(".csv")
    assert numbers.value.path().read_text().startswith("curve,part,images,wrong,error,low,high\nrmd,decile 1,")
    watched.locator(".st-key-figure_deciles .js-plotly-plot").hover()
    with watched.expect_download() as picture:
        watched.locator(".st-key-figure_deciles .modebar-btn").click()
    assert picture.value.suggested_filename.endswith(".svg")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cell_of_the_confusion_matrix_opens_its_images(watched: Page, server: str, scheme: str) -> None:
    watched.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    watched.goto(f"{server}/difficulty?audit=sample")
    drawn(watched, "figure_confusion")
    watched.locator(".st-key-figure_confusion .scatterlayer .point").first.click(force=True)
    watched.wait_for_url(re.compile("at=confusion"))
    cell = parse_qs(parse_qs(urlsplit(watched.url).query)["opened"][0])
    assert cell["label"] == cell["predicted"] == ["shirt"]
    expect(watched.get_by_text("Close these images")).to_be_visible()
    watched.get_by_role("link", name=re.compile("^Open these")).click()
    watched.wait_for_url(re.compile("/hardest.*only=confusion"))


def test_a_cell_s_images_take_the_place_of_a_bar_s_and_each_other_s(watched: Page, server: str) -> None:
    watched.goto(f"{server}/difficulty?audit=sample")
    drawn(watched, "figure_deciles")
    watched.locator(BARS).nth(9).click(force=True)
    hardest = watched.locator(".end").filter(has_text="Hardest decile by rmd")
    expect(hardest).to_be_visible()
    settle(watched)
    rows = watched.locator(".st-key-confused_pairs tbody tr")
    close = watched.get_by_text("Close these images")
    for row in (0, 1):
        names = rows.nth(row).locator("td")
        label, predicted = names.nth(0).inner_text(), names.nth(1).inner_text()
        rows.nth(row).click()
        title = watched.locator(".end").filter(has_text=f"{label} by the given labels, predicted {predicted}")
        expect(title).to_be_visible(timeout=15_000)
        expect(hardest).to_have_count(0)
        expect(close).to_have_count(1)
        settle(watched)
    close.click()
    expect(close).to_have_count(0)
    watched.go_back()
    expect(title).to_be_visible(timeout=15_000)
