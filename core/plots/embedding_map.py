"""The map of the images: points in colours up to five thousand; beyond, cells by their mean or commonest group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..answers.scores.cloud import Cloud
from ..answers.scores.colouring import OTHER, Colouring
from ..answers.scores.embedding_map import AXES, MapChoice
from ..maths.plane import Shape, commonest, means
from ..types import Floats
from .cloud import add_density, add_points, add_rings, add_shape, bar, framed, outside_of
from .palette import MARKS
from .palette import colours as palette_for
from .style import GREY, finished, meanings, plain

HEIGHT = 640
MARK_SIZES = {"circle": 5, "star": 8, "bowtie": 7, "star-diamond": 8}
"""Pixels, where it is not six: marks of one size look unlike in size."""

QUIET = 0.25
"""Opacity of what is grey: other classes, images that are not judged."""


def map_figure(
    chosen: MapChoice, cloud: Cloud, colouring: Colouring | None, texts: Sequence[tuple[str, str]], shape: Shape | None,
    rings: tuple[str, Floats, Floats] | None, subtitle: str, *, dark: bool,
) -> Figure:  # fmt: skip
    """Every image at its place. colouring: None for how many there are. rings: name, x and y of what was found."""
    figure = Figure()
    add_coloured(figure, cloud, colouring, texts, shape, dark=dark)
    if rings:
        add_rings(figure, rings[1], rings[2], rings[0], dark=dark)
    add_shape(figure, cloud, shape, dark=dark)
    by = f" by {plain(colouring.title)}" if colouring else ""
    finished(figure, f"{plain(chosen.label)}{by}, {len(cloud.ids):,} images", subtitle, dark=dark)
    framed(figure, cloud, height=HEIGHT)
    x, y = AXES[chosen.method]
    method = chosen.method.upper()
    named = [f"{method} {i + 1}" + (f", {text}" if text else "") for i, text in enumerate((x, y))]
    figure.update_xaxes(title_text=named[0], showticklabels=False, ticks="")
    figure.update_yaxes(title_text=named[1], showticklabels=False, ticks="")
    figure.update_layout(
        legend={"orientation": "h", "y": -0.06, "yanchor": "top", "x": 0, "xanchor": "left", "itemsizing": "constant"}
    )
    return figure


def add_coloured(
    figure: Figure, cloud: Cloud, colouring: Colouring | None, texts: Sequence[tuple[str, str]], shape: Shape | None, *,
    dark: bool,
) -> None:  # fmt: skip
    """The images in their colours: each one up to five thousand, cells beyond. colouring: None for how many."""
    if cloud.as_points:
        _points(figure, cloud, colouring, texts, shape, dark=dark)
    elif colouring is None:
        add_density(figure, cloud, dark=dark)
    elif colouring.values is not None:
        _means(figure, cloud, colouring, dark=dark)
    else:
        _groups(figure, cloud, colouring, dark=dark)


def group_colours(colouring: Colouring, *, dark: bool) -> list[str]:
    """A colour for each group: grey for what is other or not known."""
    palette, tones, colours = palette_for(dark=dark), meanings(dark=dark), []
    for i, name in enumerate(colouring.names):
        tone = colouring.tones[i] if colouring.tones else ""
        grey = name in (OTHER, "unlabelled") and i == len(colouring.names) - 1
        colours.append(tones.get(tone) or (GREY if grey else palette[i % len(palette)]))
    return colours


def score_ends(values: Floats) -> tuple[float, float]:
    """Where a scale begins and ends: a fiftieth of the images at either side share its end. values: (m,)."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = (float(end) for end in np.quantile(known, [0.02, 0.98]))
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _points(
    figure: Figure, cloud: Cloud, colouring: Colouring | None, texts: Sequence[tuple[str, str]], shape: Shape | None, *,
    dark: bool,
) -> None:  # fmt: skip
    faded = outside_of(cloud, shape)
    everyone = np.ones(len(cloud.ids), bool)
    if colouring is None:
        add_points(figure, cloud, everyone, texts, colour=meanings(dark=dark)["easy"], faded=faded)
    elif colouring.codes is not None:
        codes = colouring.codes[cloud.ids]
        colours = group_colours(colouring, dark=dark)
        # The largest first, so that a few of a small group are not buried.
        for code in np.argsort(-np.bincount(codes, minlength=len(colours)), kind="stable").tolist():
            symbol = MARKS[code % len(MARKS)]
            quiet = colours[code] == GREY
            add_points(
                figure, cloud, codes == code, texts, name=colouring.names[code], colour=colours[code], symbol=symbol,
                **({"opacity": QUIET} if quiet else {}), faded=faded, size=MARK_SIZES.get(symbol, 6),
            )  # fmt: skip
            figure.data[-1].legendrank = code
    elif colouring.values is not None:
        values = colouring.values[cloud.ids]
        low, high = score_ends(values)
        add_points(
            figure, cloud, np.isfinite(values), texts, colour=values, opacity=0.8, faded=faded, colorscale="Cividis",
            reversescale=not dark, cmin=low, cmax=high, showscale=True, colorbar=bar(plain(colouring.title)),
        )  # fmt: skip


def _means(figure: Figure, cloud: Cloud, colouring: Colouring, *, dark: bool) -> None:
    values = colouring.values[cloud.ids] if colouring.values is not None else np.empty(0)
    low, high = score_ends(values)
    figure.add_heatmap(
        x=cloud.grid.x, y=cloud.grid.y, z=means(cloud.grid, cloud.cell, values).astype(np.float32),
        customdata=cloud.counts, zmin=low, zmax=high, colorscale="Cividis",
        reversescale=not dark, hoverongaps=False,
        hovertemplate="mean %{z:.3g} of %{customdata:,} images<extra></extra>",
        colorbar=bar(plain(colouring.unit if colouring.codes is not None else f"mean {colouring.title}")),
    )  # fmt: skip


def _groups(figure: Figure, cloud: Cloud, colouring: Colouring, *, dark: bool) -> None:
    codes = colouring.codes if colouring.codes is not None else np.zeros(0, np.int32)
    n = len(colouring.names)
    found = commonest(cloud.grid, cloud.cell, codes[cloud.ids], n)
    colours = group_colours(colouring, dark=dark)
    steps: list[list[Any]] = []
    for i, colour in enumerate(colours):  # a scale of steps: one colour from each edge to the next
        steps += [[i / n, colour], [(i + 1) / n, colour]]
    names = np.array([*(plain(name) for name in colouring.names), ""], object)
    figure.add_heatmap(
        x=cloud.grid.x, y=cloud.grid.y, z=np.where(found < 0, np.nan, found).astype(np.float32), zmin=-0.5,
        zmax=n - 0.5, colorscale=steps, showscale=False, hoverongaps=False, customdata=cloud.counts,
        text=names[found], hovertemplate="mostly %{text}, %{customdata:,} images<extra></extra>",
    )  # fmt: skip
    for name, colour in zip(colouring.names, colours, strict=True):
        square = {"color": colour, "symbol": "square", "size": 9}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=plain(name), marker=square)
