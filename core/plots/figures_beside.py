"""Measured figures beside each other: with intervals by class or decile, before and after, and one dot a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..types import Floats
from .style import INK_DARK, INK_LIGHT, SeriesStyle, finished, legend_below

ROW, SHORTEST = 24, 90  # pixels of a category on the vertical axis, and of all of them at least


@dataclass(frozen=True, eq=False)
class Points:
    """One model's figures, in the order of the categories; NaN where one was not measured. (c,) each."""

    name: str
    style: SeriesStyle
    value: Floats
    low: Floats
    high: Floats
    n: Floats


def down_the_page(
    categories: Sequence[str], points: Sequence[Points], title: str, subtitle: str, *, axis: str, dark: bool
) -> Figure:
    """A row for each category, from the top; a dot with its interval for each model."""
    figure = Figure()
    position = np.arange(len(categories), dtype=float)
    for i, one in enumerate(points):
        shift = (i - (len(points) - 1) / 2) * 0.6 / max(len(points), 1)
        figure.add_scatter(
            y=position + (shift if len(points) > 1 else 0), x=one.value, mode="markers", name=one.name,
            customdata=np.stack([one.low, one.high, one.n], axis=1),
            marker={"color": one.style.colour, "symbol": one.style.symbol, "size": 8},
            error_x={"array": one.high - one.value, "arrayminus": one.value - one.low, "thickness": 1.3, "width": 3,
                     "color": one.style.colour},
            hovertemplate=f"{one.name}<br>%{{x:.3g}} [%{{customdata[0]:.3g}}, %{{customdata[1]:.3g}}] of "
            "%{customdata[2]:,} images<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(
        tickvals=position, ticktext=list(categories), showgrid=False, range=[len(categories) - 0.4, -0.6]
    )
    figure.update_xaxes(title=axis, rangemode="tozero")
    inside = max(ROW * len(categories), 9 * len(points) * len(categories), SHORTEST)
    figure.update_layout(height=130 + inside, showlegend=len(points) > 1)
    framed = finished(figure, title, subtitle, dark=dark)
    return legend_below(framed, len(points)) if len(points) > 1 else framed


def along_deciles(
    points: Sequence[Points], title: str, subtitle: str, *, axis: str, ends: tuple[str, str], dark: bool
) -> Figure:
    """A line over the ten deciles for each model, with intervals."""
    figure = Figure()
    position = np.arange(1, 11)
    for i, one in enumerate(points):
        shift = (i - (len(points) - 1) / 2) * 0.08 if len(points) > 1 else 0
        figure.add_scatter(
            x=position + shift, y=one.value, mode="lines+markers", name=one.name,
            customdata=np.stack([one.low, one.high, one.n], axis=1),
            marker={"color": one.style.colour, "symbol": one.style.symbol, "size": 8},
            line={"color": one.style.colour, "dash": one.style.dash, "width": 1.8},
            error_y={"array": one.high - one.value, "arrayminus": one.value - one.low, "thickness": 1.2, "width": 3},
            hovertemplate=f"{one.name}<br>%{{y:.3g}} [%{{customdata[0]:.3g}}, %{{customdata[1]:.3g}}] of "
            "%{customdata[2]:,} images<extra></extra>",
        )  # fmt: skip
    ticks = [f"1<br>{ends[0]}", *(str(i) for i in range(2, 10)), f"10<br>{ends[1]}"]
    figure.update_xaxes(tickvals=position, ticktext=ticks, showgrid=False)
    figure.update_yaxes(title=axis, rangemode="tozero")
    figure.update_layout(height=340, showlegend=len(points) > 1)
    framed = finished(figure, title, subtitle, dark=dark)
    return legend_below(framed, len(points)) if len(points) > 1 else framed


def before_and_after(
    models: Sequence[str], before: Points, after: Points, title: str, subtitle: str, *, axis: str, dark: bool
) -> Figure:
    """A row for each model: an open dot before, a full one after, both with intervals, and a line between them."""
    figure = down_the_page(models, [before, after], title, subtitle, axis=axis, dark=dark)
    quiet = (INK_DARK if dark else INK_LIGHT)[1]
    for y, x0, x1 in zip(range(len(models)), before.value, after.value, strict=True):
        figure.add_shape(type="line", x0=x0, x1=x1, y0=y, y1=y, line={"color": quiet, "width": 1, "dash": "dot"})
    figure.data[0].marker.symbol = "circle-open"
    return figure


def dots_of_seeds(
    methods: Sequence[str], values: Sequence[Sequence[float]], styles: Sequence[SeriesStyle], title: str,
    subtitle: str, *, axis: str, dark: bool,
) -> Figure:  # fmt: skip
    """A row for each method: a dot for every seed, a stroke at their mean, a line over their range."""
    figure = Figure()
    ink = (INK_DARK if dark else INK_LIGHT)[0]
    for y, (found, style) in enumerate(zip(values, styles, strict=True)):
        if not found:
            continue
        figure.add_scatter(
            x=[min(found), max(found)], y=[y, y], mode="lines", line={"color": style.colour, "width": 1.5},
            hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=list(found), y=[y] * len(found), mode="markers",
            marker={"color": style.colour, "size": 8, "opacity": 0.8},
            hovertemplate=f"{methods[y]}<br>%{{x:.4g}}<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=[float(np.mean(found))], y=[y], mode="markers", hovertemplate="mean %{x:.4g}<extra></extra>",
            marker={"color": ink, "symbol": "line-ns-open", "size": 15, "line": {"width": 2}},
        )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(methods))), ticktext=list(methods), showgrid=False, range=[len(methods) - 0.4, -0.6]
    )
    figure.update_xaxes(title=axis)
    figure.update_layout(height=130 + max(ROW * len(methods), SHORTEST), showlegend=False)
    return finished(figure, title, subtitle, dark=dark)
