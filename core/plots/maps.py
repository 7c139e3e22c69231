"""Maps of an image drawn pixel by pixel: signed ones in two colours from a neutral middle, others in cividis."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor
from plotly.colors import sequential  # type: ignore[attr-defined]  # plotly loads it on demand

from ..types import Floats
from .style import BLUE, VERMILION

STEPS = 256
LIGHT_MIDDLE, DARK_MIDDLE = "#F4F4F2", "#262624"
CLIPPED = 99.5
"""Percentile of the absolute values that gets the full colour: one stray pixel must not pale all others."""

Colours = NDArray[np.uint8]


def limit_of(maps: Floats) -> float:
    """The absolute value that is drawn in full colour on all of these maps, so that they can be compared."""
    return float(np.percentile(np.abs(maps), CLIPPED)) or 1.0


def signed_map(values: Floats, limit: float, *, dark: bool) -> str:
    """A signed map as a data-URI of a PNG: blue below 0, vermilion above, the ground's own grey at 0.

    values: (H, W). limit: > 0, the absolute value of full colour.
    """
    middle = DARK_MIDDLE if dark else LIGHT_MIDDLE
    colours = _between([BLUE, middle, VERMILION])
    return _picture(colours[_steps((values / limit + 1) / 2)])


def spread_map(values: Floats) -> str:
    """A map of values >= 0 as a data-URI of a PNG, in cividis from 0 to the largest."""
    colours = _between(list(sequential.Cividis))
    return _picture(colours[_steps(values / (float(values.max()) or 1.0))])


def picture(pixels: NDArray[np.uint8]) -> str:
    """(H, W, 3) as a data-URI of a PNG."""
    return _picture(pixels)


def _steps(shares: Floats) -> NDArray[np.intp]:
    return np.clip(np.rint(shares * (STEPS - 1)), 0, STEPS - 1).astype(np.intp)


def _between(colours: list[str]) -> Colours:
    """(STEPS, 3) colours that pass through the given ones at equal distances."""
    points = np.array([ImageColor.getrgb(colour)[:3] for colour in colours], dtype=np.float64)
    place, at = np.linspace(0, 1, STEPS), np.linspace(0, 1, len(points))
    return np.stack([np.interp(place, at, points[:, channel]) for channel in range(3)], axis=1).round().astype(np.uint8)


def _picture(pixels: NDArray[np.uint8]) -> str:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return "data:image/png;base64," + b64encode(out.getvalue()).decode()
