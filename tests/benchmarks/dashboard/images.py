"""From the input to the frame in which other images are painted: sheets, jumps, choices, boxes on the map."""

from __future__ import annotations

import random

from playwright.sync_api import Browser

from tests.benchmarks.dashboard.at_rest import EACH_END, Server, idle, light_table, options
from tests.benchmarks.dashboard.large import CLASSES
from tests.benchmarks.reporting import report

LARGEST = 96  # of either end: 192 images a sheet
# Starts a clock, acts, and stops it in the frame after other thumbnails than before are all drawn.
TIMED = """async ([action, argument]) => {
    const find = () => document.querySelector('.st-key-grid [data-testid=stBidiComponentIsolated]')?.shadowRoot;
    const keys = () => [...(find()?.querySelectorAll('.tile') ?? [])].map((tile) => tile.dataset.key).join();
    const actions = {
        press: (key) => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })),
        jump: (to) => {
            const box = find().querySelector('.jump input');
            box.value = to;
            box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
        },
        choose: (index) => document.querySelectorAll('[role=option]')[index].click(),
    };
    const before = keys();
    const start = performance.now();
    actions[action](argument);
    while (true) {
        const root = find();
        const images = [...(root?.querySelectorAll('.tile img') ?? [])];
        const drawn = images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
        if (drawn && keys() !== before && !root.querySelector('.waiting')) break;
        if (performance.now() - start > 30000) throw new Error('nothing new was painted for 30 s');
        await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
}"""
# A promise of the time from the mouse let go to the frame after the thumbnails of what it drew are all painted.
BOX_TIMED = """() => {
    const root = () => document.querySelector('.st-key-gallery [data-testid=stBidiComponentIsolated]')?.shadowRoot;
    const keys = () => [...(root()?.querySelectorAll('.tile') ?? [])].map((tile) => tile.dataset.key).join();
    const before = keys();
    window.timed = new Promise((resolve, reject) => {
        addEventListener('mouseup', async () => {
            const start = performance.now();
            const drawn = () => {
                const images = [...(root()?.querySelectorAll('.tile img') ?? [])];
                return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
            };
            while (!drawn() || keys() === before) {
                if (performance.now() - start > 30000) return reject(new Error('no images for 30 s'));
                await new Promise((next) => setTimeout(next, 2));
            }
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
        }, { once: true, capture: true });
    });
}"""


def flips(browser: Browser, server: Server, repeats: int) -> None:
    """Next and previous sheet, as someone who looks at each for half a second; of the largest for two seconds."""
    for each, looks, median_most, p95_most in ((EACH_END, 500, 100, 150), (LARGEST, 2000, None, 700)):
        page, times = light_table(browser, server, each=each), []
        for i in range(repeats):
            times.append(page.evaluate(TIMED, ["press", "PageUp" if i % 5 == 4 else "PageDown"]))
            page.wait_for_timeout(looks)
        report(f"next and previous sheet of {2 * each}, key to painted", times, median_most, p95_most)
        page.close()


def jumps(browser: Browser, server: Server, repeats: int) -> None:
    """A sheet anywhere in the list."""
    page, times = light_table(browser, server), []
    sheets = random.Random(0).sample(range(10, server.images // (2 * EACH_END) - 10), repeats)
    for to in sheets:
        times.append(page.evaluate(TIMED, ["jump", str(to)]))
        page.wait_for_timeout(300)
    report("jump anywhere in the list", times, None, 350)
    page.close()


def choices(browser: Browser, server: Server, repeats: int) -> None:
    """Another score, and another class, to other images. First visits and later ones are told apart."""
    page = light_table(browser, server)
    first: list[float] = []
    again: list[float] = []
    count = options(page, "score")
    page.keyboard.press("Escape")
    order = [*range(count), *random.Random(1).choices(range(count), k=repeats)]
    shown = 1
    for turn, index in enumerate(order):
        if index == shown:
            continue
        options(page, "score")
        (first if turn < count else again).append(page.evaluate(TIMED, ["choose", index]))
        shown = index
        idle(page)
    report("another scorer, seen before", again, None, 350)
    report("another scorer, first time", first, None, 350)
    times: list[float] = []
    for _ in range(repeats):
        options(page, "class")
        page.keyboard.type(f"class {(37 * len(times) + 5) % CLASSES:03d}")
        page.wait_for_timeout(400)
        times.append(page.evaluate(TIMED, ["choose", 0]))
        idle(page)
    report("filter by class", times, None, 350)
    page.close()


def boxes(browser: Browser, server: Server, repeats: int) -> None:
    """A box drawn on the map, and its first images."""
    page, times = browser.new_page(viewport={"width": 1440, "height": 1200}), []
    page.goto(f"{server.url}/map?audit={server.audit}")
    random_of = random.Random(0)
    for _ in range(repeats):
        area = page.locator("[class*='st-key-map_figure'] .nsewdrag").first
        area.wait_for(state="attached")
        idle(page)
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        assert box is not None
        left, top = (0.3 + 0.3 * random_of.random() for _ in range(2))
        page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + (left + 0.05) * box["width"], box["y"] + (top + 0.05) * box["height"], steps=4)
        page.mouse.move(box["x"] + (left + 0.12) * box["width"], box["y"] + (top + 0.12) * box["height"], steps=4)
        page.evaluate(BOX_TIMED)
        page.mouse.up()
        times.append(page.evaluate("() => window.timed"))
    report("a box on the map, to its first images", times, None, 600)
    page.close()
