"""The opened image in a real browser: keys, neighbours, likeness, and what the server refuses to whom."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.audits import HOSTILE_FILE, Made, publish
from tests.browser.conftest import settle, wait_for_paint

pytestmark = pytest.mark.browser


def opened(page: Page, server: str, key: str) -> Locator:
    """The dialog on an image that the address names."""
    page.goto(f"{server}/hardest?audit=sample&image={quote(key)}")
    wait_for_paint(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".near img").first).to_be_visible()
    return dialog


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dialog_is_one_screen_high_with_picture_bars_and_neighbours(
    watched: Page, server: str, scheme: str
) -> None:
    watched.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    dialog = opened(watched, server, HOSTILE_FILE)
    expect(dialog.locator(".key")).to_have_text(HOSTILE_FILE)
    assert dialog.locator(".frame img").evaluate("image => image.complete && image.naturalWidth > 0")
    assert dialog.locator(".scores .fill").count() == 1
    expect(dialog.locator(".vog .percentile")).to_have_count(1)
    box = dialog.locator("> div").first.bounding_box() or dialog.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900
    for tab in ("Gradient maps", "Review history", "File"):
        dialog.get_by_role("tab", name=tab).click()
        settle(watched)
    expect(dialog).to_contain_text("content hash")


def test_j_and_k_go_through_the_images_and_a_neighbour_opens(watched: Page, server: str) -> None:
    watched.goto(f"{server}/hardest?audit=sample")
    wait_for_paint(watched)
    keys = watched.locator(".tile").evaluate_all("tiles => tiles.map((tile) => tile.dataset.key)")
    for press in ("j", "Enter"):
        watched.keyboard.press(press)
    shown = watched.get_by_role("dialog").locator(".key")
    expect(shown).to_have_text(keys[0])
    for press, key in (("j", keys[1]), ("j", keys[2]), ("k", keys[1])):
        watched.keyboard.press(press)
        expect(shown).to_have_text(key)
    near = watched.get_by_role("dialog").locator(".near").first
    wanted = (near.get_attribute("title") or "").split("\n")[0]
    near.click()
    expect(shown).to_have_text(wanted)
    watched.wait_for_function("key => new URL(location).searchParams.get('image') === key", arg=wanted)


def test_similar_images_are_a_page_of_their_own_that_can_be_linked_to(watched: Page, server: str) -> None:
    opened(watched, server, "000007.png").get_by_role("button", name="Similar images").click()
    expect(watched.locator(".note", has_text="the most similar to 000007.png")).to_be_visible()
    expect(watched.get_by_role("dialog")).to_have_count(0)
    watched.reload()
    expect(watched.locator(".note", has_text="the most similar to 000007.png")).to_be_visible()
    expect(watched.locator(".tile img").first).to_be_visible()


def test_a_name_that_nobody_gave_the_server_is_refused(server: str) -> None:
    def status(host: str) -> int:
        request = urllib.request.Request(f"{server}/hardest", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    assert status("localhost:1") == 200
    assert status("rebound.example:8501") == 400


def test_what_several_models_say_is_read_without_scrolling_sideways(
    watched: Page, server: str, another: Callable[..., Made]
) -> None:
    made = another("several", n=40)
    ids, k = np.arange(40, dtype=np.int32), int(made.labels.max()) + 1
    predicted = (np.maximum(made.labels, 0) + 1) % k
    probable = np.where(np.arange(k) == predicted[:, None], 0.8125, 0.05).astype(np.float32)
    publish(made.audit, "train", "second", {"prediction": {
        "image_id": ids, "predicted": predicted, "confidence": np.full(40, 0.8125, np.float32),
        "correct": np.zeros(40, bool), "top5": np.argsort(-probable, axis=1)[:, :5].tolist(),
    }, "probability": {"image_id": ids, "probs": probable}}, k=k)  # fmt: skip
    watched.goto(f"{server}/hardest?audit=several&image=000007.png")
    models = watched.get_by_role("dialog").locator(".models")
    expect(models.locator(".model")).to_have_count(2)
    assert models.evaluate("one => one.scrollWidth <= one.clientWidth")
