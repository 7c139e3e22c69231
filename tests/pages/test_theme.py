"""Colours of both themes against the ground they stand on."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

THEME = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
TEXTS = ("textColor", "linkColor", "redTextColor", "yellowTextColor", "blueTextColor", "greenTextColor",
         "grayTextColor")  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB, 0..1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", TEXTS)
def test_every_text_colour_can_be_read_on_every_ground(scheme: str, name: str) -> None:
    theme = THEME[scheme]
    text = luminance(theme[name])
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]):
        low, high = sorted((text, luminance(ground)))
        assert (high + 0.05) / (low + 0.05) >= 4.5, ground
