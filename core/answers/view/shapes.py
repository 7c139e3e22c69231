"""A shape drawn on a figure, as the address carries it: `box,left,right,bottom,top` or `lasso,x,y,x,y,…`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import numpy as np

from ...errors import BadInput
from ...maths.plane import Box, Outline, Shape

__all__ = ["Box", "Outline", "Shape", "decode_shape", "drawn_shape", "encode_shape"]

MOST_CORNERS = 48
"""A drawn outline is thinned to so many corners: addresses have a limit, and a hand does not draw finer."""


def encode_shape(shape: Shape) -> str:
    """Boxes keep every digit, because a threshold may be one; outlines four, finer than a hand draws."""
    if isinstance(shape, Box):
        return "box," + ",".join(_number(end) for end in (shape.left, shape.right, shape.bottom, shape.top))
    kept = np.linspace(0, len(shape.x) - 1, min(len(shape.x), MOST_CORNERS)).round().astype(int)
    return "lasso," + ",".join(f"{shape.x[i]:.4g},{shape.y[i]:.4g}" for i in kept)


def decode_shape(text: str) -> Shape:
    """The shape back. Raises BadInput on a text that is none."""
    kind, *written = text.split(",")
    try:
        numbers = [float(one) for one in written]
    except ValueError:
        numbers = []
    if kind == "box" and len(numbers) == 4 and not any(np.isnan(numbers)):
        return Box(*numbers)
    if kind == "lasso" and len(numbers) >= 6 and len(numbers) % 2 == 0 and bool(np.isfinite(numbers).all()):
        return Outline(tuple(numbers[::2]), tuple(numbers[1::2]))
    raise BadInput(
        f"{text[:60]!r} is no shape.", "Write box,left,right,bottom,top, or lasso,x,y,x,y,x,y with three corners."
    )


def drawn_shape(selection: Mapping[str, Sequence[Mapping[str, Any]]]) -> Shape | None:
    """The last shape of a chart's selection event, None where it holds none.

    Its geometry alone is read: the points that lie in it may be a million, or cells of a grid.
    """
    if boxes := selection.get("box"):
        x, y = boxes[-1]["x"], boxes[-1]["y"]
        return Box(min(x), max(x), min(y), max(y))
    if lassos := selection.get("lasso"):
        x, y = lassos[-1]["x"], lassos[-1]["y"]
        return Outline(tuple(x), tuple(y)) if len(x) >= 3 else None
    return None


def _number(value: float) -> str:
    return ("-inf" if value < 0 else "inf") if abs(value) == inf else f"{value:.9g}"
