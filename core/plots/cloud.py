"""A plane of images as a figure: points up to five thousand, a grid of cells beyond, and what was drawn on it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf
from typing import Any

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..answers.scores.cloud import Cloud
from ..maths.plane import Box, Outline, Shape, inside
from ..types import Bools, Floats
from .palette import OPACITY
from .style import AMBER, GREY, INK_DARK, INK_LIGHT, plain

MARKER, FADED = 5, 0.16  # pixels; opacity of what is not selected
POWERS = (1, 2, 5)


def ink(dark: bool) -> str:
    """The colour of lines that were drawn by somebody."""
    return (INK_DARK if dark else INK_LIGHT)[0]


def add_density(figure: Figure, cloud: Cloud, *, dark: bool) -> None:
    """Images in each cell, on a logarithmic scale: a single image is still seen beside a thousand."""
    shown = np.where(cloud.counts > 0, cloud.counts, 1)
    levels = np.where(cloud.counts > 0, np.log10(shown), np.nan).astype(np.float32)
    top = max(float(np.log10(shown.max())), 1.0)
    figure.add_heatmap(
        x=cloud.grid.x, y=cloud.grid.y, z=levels, customdata=cloud.counts, colorscale="Cividis", reversescale=not dark,
        zmin=0, zmax=top, hovertemplate="%{customdata:,} images<extra></extra>", hoverongaps=False,
        colorbar=count_bar(top), zsmooth=False,
    )  # fmt: skip


def count_bar(top: float) -> dict[str, Any]:
    """A colour bar that says counts where the scale is their logarithm. top: log10 of the largest."""
    ticks = [step * 10**power for power in range(int(top) + 1) for step in POWERS if step * 10**power <= 10**top]
    ticks = ticks if len(ticks) <= 8 else [10**power for power in range(int(top) + 1)]
    texts = [f"{tick:,}" for tick in ticks]
    return bar("images", tickvals=[float(np.log10(tick)) for tick in ticks], ticktext=texts)


def bar(title: str, **more: Any) -> dict[str, Any]:
    """A slim colour bar at the right."""
    return {"title": {"text": title, "side": "top"}, "thickness": 10, "len": 0.6, "outlinewidth": 0, "x": 1.01, **more}


def add_points(
    figure: Figure, cloud: Cloud, rows: Bools, texts: Sequence[tuple[str, str]], *, colour: Any, name: str = "",
    symbol: str = "circle", opacity: float = OPACITY, faded: Bools | None = None, **marker: Any,
) -> None:  # fmt: skip
    """Some of the points, with key and label as text on hover.

    rows: (m,) which. faded: (m,) which of all step back because something else was chosen, None where nothing was.
    colour: of all, or (m,) numbers for a scale in `marker`.
    """
    strong = rows if faded is None else rows & ~faded
    parts = [(strong, opacity if faded is None else OPACITY, bool(name))]
    if faded is not None:
        parts.insert(0, (rows & faded, FADED, False))
    for part, strength, in_legend in parts:
        at = np.flatnonzero(part)
        # An array, because Plotly looks at each text of a list of them.
        told = np.array([(plain(texts[i][0], 60), plain(texts[i][1])) for i in at.tolist()], object).reshape(-1, 2)
        look = {"size": MARKER, "symbol": symbol, "line": {"width": 0}, "opacity": strength, **marker}
        look["color"] = colour[at] if isinstance(colour, np.ndarray) else colour
        figure.add_scatter(
            x=cloud.x[at], y=cloud.y[at], mode="markers", customdata=told, name=plain(name), showlegend=in_legend,
            marker=look, selected={"marker": {"opacity": OPACITY}}, unselected={"marker": {"opacity": strength}},
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        )  # fmt: skip


def outside_of(cloud: Cloud, shape: Shape | None) -> Bools | None:
    """(m,) which points a shape leaves out, None without one."""
    return None if shape is None else ~inside(shape, cloud.x, cloud.y)


def add_shape(figure: Figure, cloud: Cloud, shape: Shape | None, *, dark: bool) -> None:
    """What was drawn, from the address: so a shared link shows it as well."""
    line = {"color": ink(dark), "width": 1.5, "dash": "dot"}
    if isinstance(shape, Box):
        frame = cloud.grid.frame
        ends = {
            "x0": frame.left if isinf(shape.left) else shape.left,
            "x1": frame.right if isinf(shape.right) else shape.right,
            "y0": frame.bottom if isinf(shape.bottom) else shape.bottom,
            "y1": frame.top if isinf(shape.top) else shape.top,
        }
        figure.add_shape(type="rect", line=line, **ends)
    elif isinstance(shape, Outline):
        corners = " L ".join(f"{x},{y}" for x, y in zip(shape.x, shape.y, strict=True))
        figure.add_shape(type="path", path=f"M {corners} Z", line=line)


def add_rings(figure: Figure, x: Floats, y: Floats, name: str, *, dark: bool) -> None:
    """Rings around images that something else found: a search, a group of duplicates. x, y: (k,)."""
    figure.add_scatter(
        x=x, y=y, mode="markers", name=plain(name), hoverinfo="skip", showlegend=True,
        marker={"size": 13, "color": "rgba(0,0,0,0)", "line": {"width": 2, "color": AMBER if dark else ink(dark)}},
    )  # fmt: skip


def add_line_at(figure: Figure, *, x: float | None = None, y: float | None = None) -> None:
    """A dashed line across the figure."""
    line = {"color": GREY, "width": 1, "dash": "dash"}
    if x is not None:
        figure.add_shape(type="line", line=line, x0=x, x1=x, y0=0, y1=1, yref="y domain")
    if y is not None:
        figure.add_shape(type="line", line=line, y0=y, y1=y, x0=0, x1=1, xref="x domain")


def framed(figure: Figure, cloud: Cloud, *, height: int) -> None:
    """The cloud's frame as the axes' range, and a pointer that selects."""
    frame = cloud.grid.frame
    figure.update_xaxes(range=[frame.left, frame.right], showgrid=False)
    figure.update_yaxes(range=[frame.bottom, frame.top], showgrid=False)
    figure.update_layout(
        height=height, dragmode="select", newselection={"line": {"width": 1.5, "dash": "dot"}},
        margin_t=64,
    )  # fmt: skip
