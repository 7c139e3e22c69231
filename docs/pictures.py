"""A picture of a page as it goes into the documentation: few colours, and so a small file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from core.files.whole import whole_file

COLOURS = 160
"""Enough for grey photographs and a handful of marks; a palette keeps a picture under 300 kB."""


def save_picture(page: Page, name: str) -> None:
    """What is on the screen as `<name>.png` beside this file."""
    path = Path(__file__).parent / f"{name}.png"
    with Image.open(BytesIO(page.screenshot())) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    with whole_file(path) as part:
        small.save(part, "PNG", optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
