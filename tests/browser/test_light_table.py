"""The Hardest & easiest page in a real browser."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.audits import HOSTILE_CLASS, Made
from tests.browser.conftest import neighbours_sent, settle, wait_for_paint

pytestmark = pytest.mark.browser


def says_range(page: Page, text: str) -> None:
    """The table says which images it shows, once the one before is gone that Streamlit leaves beside it a moment."""
    expect(page.locator(".range", has_text=text)).to_have_count(1)
    expect(page.locator(".range")).to_have_count(1)


def open_table(page: Page, server: str, query: str = "") -> None:
    page.goto(f"{server}/hardest?audit=sample{query}")
    wait_for_paint(page)


def keys_shown(page: Page) -> list[str]:
    return page.locator(".tile").evaluate_all("tiles => tiles.map((tile) => tile.dataset.key)")  # type: ignore[no-any-return]


def focused_key(page: Page) -> str:
    return page.locator(".tile:focus").evaluate("tile => tile.dataset.key")  # type: ignore[no-any-return]


def expected(made: Made, page: int, size: int = 24) -> list[str]:
    """Keys of a sheet: the high end, highest first, then the low end, lowest first."""
    values = made.values["rmd"]
    order = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    part = slice((page - 1) * size, page * size)
    return [made.keys[i] for i in [*order[::-1][part], *order[part]]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_thumbnail_is_painted_in_order(watched: Page, server: str, audits: dict[str, Made], scheme: str) -> None:
    watched.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_table(watched, server)
    assert keys_shown(watched) == expected(audits["sample"], 1)
    ground = watched.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
    bright = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) > 3 * 128
    assert bright == (scheme == "light")


def test_a_turned_sheet_is_there_at_once_and_the_address_follows(
    watched: Page, server: str, audits: dict[str, Made]
) -> None:
    open_table(watched, server)
    neighbours_sent(watched)
    settle(watched)
    watched.get_by_role("button", name="Next sheet").click()
    # No waiting: the sheet was sent before it was asked for.
    assert keys_shown(watched) == expected(audits["sample"], 2)
    watched.wait_for_url(re.compile("page=2"))
    says_range(watched, "25–48 of 397")
    watched.reload()
    wait_for_paint(watched)
    assert keys_shown(watched) == expected(audits["sample"], 2)


def test_back_returns_to_the_sheet_before(watched: Page, server: str, audits: dict[str, Made]) -> None:
    open_table(watched, server)
    for number in (2, 3):
        watched.keyboard.press("PageDown")
        watched.wait_for_url(re.compile(f"page={number}"))
    settle(watched)
    watched.go_back()
    says_range(watched, "25–48 of 397")
    assert keys_shown(watched) == expected(audits["sample"], 2)


def test_sheets_turned_faster_than_the_server_answers_end_where_the_viewer_stopped(
    watched: Page, server: str, audits: dict[str, Made]
) -> None:
    open_table(watched, server)
    for _ in range(7):
        watched.keyboard.press("PageDown")
    watched.keyboard.press("PageUp")
    watched.wait_for_url(re.compile("page=7"))
    says_range(watched, "145–168 of 397")
    settle(watched)
    wait_for_paint(watched)
    assert keys_shown(watched) == expected(audits["sample"], 7)


def test_keys_move_the_focus(watched: Page, server: str) -> None:
    open_table(watched, server)
    keys = keys_shown(watched)
    for key, index in (("j", 0), ("j", 1), ("ArrowRight", 2), ("k", 1), ("ArrowLeft", 0), ("End", -1), ("Home", 0)):
        watched.keyboard.press(key)
        assert focused_key(watched) == keys[index], key
    first = watched.locator(".tile:focus").bounding_box()
    watched.keyboard.press("ArrowDown")
    below = watched.locator(".tile:focus").bounding_box()
    assert first is not None
    assert below is not None
    assert below["y"] > first["y"]
    assert abs(below["x"] - first["x"]) < 2
    outline = watched.locator(".tile:focus").evaluate("e => getComputedStyle(e).outlineWidth")
    assert outline == "2px"


def test_keys_typed_in_a_field_do_nothing_to_the_table(watched: Page, server: str) -> None:
    open_table(watched, server)
    watched.get_by_role("combobox", name="class").press_sequentially("jjk?")
    expect(watched.locator(".tile:focus")).to_have_count(0)
    expect(watched.locator("dialog.keys")).not_to_be_visible()


def test_question_mark_opens_the_key_map_and_escape_closes_it(watched: Page, server: str) -> None:
    open_table(watched, server)
    watched.keyboard.press("?")
    expect(watched.locator("dialog.keys")).to_be_visible()
    watched.keyboard.press("Escape")
    expect(watched.locator("dialog.keys")).not_to_be_visible()


def test_enter_opens_the_image_with_all_its_scores_and_escape_closes_it(
    watched: Page, server: str, audits: dict[str, Made]
) -> None:
    open_table(watched, server)
    key = expected(audits["sample"], 1)[1]
    for press in ("j", "j", "Enter"):
        watched.keyboard.press(press)
    dialog = watched.get_by_role("dialog")
    expect(dialog.locator("img").first).to_be_visible()
    table = dialog.locator(".st-key-scores_of_image")
    index = audits["sample"].keys.index(key)
    cells = {
        "rmd": table.get_by_role("row").filter(has_text="rmd").get_by_role("cell").nth(1),
        "vog_logit_late": table.locator(".vog td[title^='vog_logit_late'] .name"),
    }
    for name, values in audits["sample"].values.items():
        number = cells[name].inner_text().strip().replace("−", "-").replace("\u2008", "")
        assert float(number) == pytest.approx(float(values[index]), rel=6e-3)
    assert "image=" in watched.url
    settle(watched)  # a run that is still going draws the dialog once more
    watched.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    watched.wait_for_function("() => !location.search.includes('image=')")


def test_an_image_that_is_not_on_the_sheet_can_be_linked_to(
    watched: Page, server: str, audits: dict[str, Made]
) -> None:
    elsewhere = expected(audits["sample"], 5)[0]
    open_table(watched, server, f"&image={elsewhere}")
    dialog = watched.get_by_role("dialog")
    expect(dialog).to_contain_text(elsewhere)
    settle(watched)
    watched.keyboard.press("j")
    expect(dialog).not_to_contain_text(elsewhere)
    expect(dialog).to_contain_text(expected(audits["sample"], 1)[0])


def test_choices_survive_a_reload_and_a_change_of_page(watched: Page, server: str, audits: dict[str, Made]) -> None:
    made = audits["sample"]
    chosen = (made.labels == 0) & (made.splits == "test") & ~np.isnan(made.values["rmd"])
    everything = f"1–24 of {np.count_nonzero(chosen)}"
    open_table(watched, server)
    watched.get_by_role("combobox", name="class").click()
    watched.get_by_role("option", name="shirt", exact=True).click()
    watched.wait_for_url(re.compile("class=shirt"))
    settle(watched)
    watched.get_by_role("combobox", name="split").click()
    watched.get_by_role("option", name="test", exact=True).click()
    says_range(watched, everything)
    before = keys_shown(watched)
    watched.reload()
    says_range(watched, everything)
    assert keys_shown(watched) == before
    watched.get_by_role("link", name="Overview").click()
    watched.wait_for_selector("text=Data set")
    assert "split=test" in watched.url
    settle(watched)
    watched.get_by_role("link", name="Hardest & easiest").click()
    says_range(watched, everything)
    assert keys_shown(watched) == before


def test_hostile_names_are_shown_as_text(watched: Page, server: str, audits: dict[str, Made]) -> None:
    hostile = audits["sample"].keys[0]
    watched.goto(f"{server}/hardest?audit=sample&by=class")
    wait_for_paint(watched)
    expect(watched.locator("h3").filter(has_text=HOSTILE_CLASS).first).to_be_visible()
    open_table(watched, server, f"&class={HOSTILE_CLASS}")
    expect(watched.locator(".tile").filter(has_text=HOSTILE_CLASS[:8]).first).to_be_visible()
    watched.goto(f"{server}/hardest?audit=sample")
    wait_for_paint(watched)
    watched.evaluate("key => { const url = new URL(location); url.searchParams.set('image', key);"
                     " location.assign(url); }", hostile)  # fmt: skip
    expect(watched.get_by_role("dialog")).to_contain_text(hostile)


def test_every_class_has_a_row_with_both_its_ends(watched: Page, server: str, audits: dict[str, Made]) -> None:
    open_table(watched, server, "&by=class&each=4")
    expect(watched.locator(".band")).to_have_count(5)
    expect(watched.locator(".tile")).to_have_count(40)
    made = audits["sample"]
    values = np.where((made.labels == 0) & ~np.isnan(made.values["rmd"]), made.values["rmd"], -np.inf)
    assert keys_shown(watched)[0] == made.keys[int(np.argmax(values))]


def test_a_score_without_a_direction_is_never_called_hard(watched: Page, server: str, audits: dict[str, Made]) -> None:
    run = next(run for run in audits["sample"].audit.runs("score") if run.name == "vog")
    open_table(watched, server, f"&score={run.run_id}:vog_logit_late")
    expect(watched.locator(".end")).to_have_text(["Highest VoG", "Lowest VoG"])
    expect(watched.locator(".hardlook-lines.caution").filter(has_text="means hard is not known")).to_be_visible()


def test_any_sheet_is_one_number_away(watched: Page, server: str, audits: dict[str, Made]) -> None:
    open_table(watched, server)
    settle(watched)
    watched.keyboard.press("g")
    watched.keyboard.type("9")
    watched.keyboard.press("Enter")
    watched.wait_for_url(re.compile("page=9"))
    says_range(watched, "193–216 of 397")
    assert keys_shown(watched) == expected(audits["sample"], 9)
    watched.keyboard.press("g")
    watched.keyboard.type("9999")
    watched.keyboard.press("Enter")
    says_range(watched, "385–397 of 397")


def test_going_on_past_the_last_image_turns_the_sheet(watched: Page, server: str, audits: dict[str, Made]) -> None:
    open_table(watched, server, "&page=2")
    settle(watched)
    watched.keyboard.press("End")
    watched.keyboard.press("j")
    says_range(watched, "49–72 of 397")
    assert focused_key(watched) == expected(audits["sample"], 3)[0]
    settle(watched)
    watched.keyboard.press("k")
    says_range(watched, "25–48 of 397")
    assert focused_key(watched) == expected(audits["sample"], 2)[-1]


def test_an_image_opened_by_its_address_is_where_the_keys_go_on(
    watched: Page, server: str, audits: dict[str, Made]
) -> None:
    shown = expected(audits["sample"], 1)
    open_table(watched, server, f"&image={shown[3]}")
    expect(watched.get_by_test_id("stDialog")).to_be_visible()
    settle(watched)
    watched.keyboard.press("j")
    watched.wait_for_url(re.compile(f"image={shown[4]}"))
