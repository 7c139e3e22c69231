"""Error along the order of a score: deciles, groups, ends, the classes, and two stages side by side.

Every bar and point carries its key as the first of its `customdata`, for a click to say which images it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ...metrics.difficulty import ErrorSlices
from ...types import Floats, Ints
from ..panels import Panel, panels
from ..style import INK_DARK, INK_LIGHT, SeriesStyle, finished, legend_below, plain, shade

HEIGHT = 340
MANY_GROUPS = 60
"""Beyond so many groups their intervals are a band and not bars."""
COLUMNS, ROW_HEIGHT = 5, 132
HOVER = "%{customdata[2]:,} of %{customdata[1]:,} wrong: %{y:.3g} % [%{customdata[3]:.3g}, %{customdata[4]:.3g}]"


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """One score of one model. slices: p of them. keys: (p,) what a click on each is told. opened: the key that is."""

    name: str
    style: SeriesStyle
    slices: ErrorSlices
    keys: Sequence[str]
    opened: str = ""


def error_by_slices(
    curves: Sequence[ErrorCurve], title: str, subtitle: str, *, ends: tuple[str, str], dark: bool
) -> Figure:
    """Error of equal slices with intervals: bars for one curve, lines for several. ends: of the order, in words."""
    figure = Figure()
    n_slices = len(curves[0].slices)
    position = np.arange(1, n_slices + 1)
    for i, curve in enumerate(curves):
        # Side by side, so that no interval hides another.
        shift = (i - (len(curves) - 1) / 2) * min(0.08, 0.5 / len(curves))
        along = position + (shift if len(curves) > 1 else 0)
        figure.add_trace(_trace(curve, along, bars=len(curves) == 1, dark=dark))
    figure.update_xaxes(
        tickvals=position, ticktext=[_tick(i, n_slices, ends) for i in range(1, n_slices + 1)], showgrid=False
    )
    return _framed(figure, title, subtitle, dark=dark, legend=len(curves) > 1)


def error_by_groups(
    curves: Sequence[ErrorCurve], title: str, subtitle: str, *, ends: tuple[str, str], dark: bool
) -> Figure:
    """Error of groups of images, hardest first, with intervals: error bars, or a band where there are many groups."""
    figure = Figure()
    most = max(len(curve.slices) for curve in curves)
    for curve in curves:
        position = np.arange(1, len(curve.slices) + 1)
        if most > MANY_GROUPS:
            _band(figure, curve, position)
        figure.add_trace(_trace(curve, position, bars=False, dark=dark, whiskers=most <= MANY_GROUPS))
    figure.update_xaxes(title=f"group, 1 {ends[1]}, {most:,} {ends[0]}", showgrid=False, range=[0.4, most + 0.6])
    return _framed(figure, title, subtitle, dark=dark, legend=len(curves) > 1)


def error_of_ends(
    curves: Sequence[ErrorCurve], title: str, subtitle: str, *, ends: tuple[str, str], dark: bool
) -> Figure:
    """Bars: the first decile, everything, the last decile. Each curve's slices are these three."""
    figure = Figure()
    width = 0.8 / len(curves)
    for i, curve in enumerate(curves):
        along = np.arange(3) - 0.4 + width * (i + 0.5)
        figure.add_trace(_trace(curve, along, bars=True, dark=dark, width=width * 0.86))
    names = [f"{ends[0]} decile", "all", f"{ends[1]} decile"]
    figure.update_xaxes(tickvals=[0, 1, 2], ticktext=names, showgrid=False)
    return _framed(figure, title, subtitle, dark=dark, legend=len(curves) > 1)


def error_of_stages(early: ErrorCurve, late: ErrorCurve, title: str, subtitle: str, *, dark: bool) -> Figure:
    """Two panels on one scale: deciles of early and of late VoG, lowest values first."""
    traces, layout = [], {"yaxis": {"anchor": "x"}, "yaxis2": {"anchor": "x2", "matches": "y", "showticklabels": False}}
    for number, curve, domain in (("", early, (0, 0.48)), ("2", late, (0.52, 1))):
        position = np.arange(1, len(curve.slices) + 1)
        traces.append({
            **_trace(curve, position, bars=True, dark=dark), "xaxis": f"x{number}", "yaxis": f"y{number}",
        })  # fmt: skip
        layout[f"xaxis{number}"] = {
            "anchor": f"y{number}", "domain": domain, "title": {"text": plain(curve.name)}, "tickvals": position,
            "ticktext": [_tick(i, len(position), ("lowest", "highest")) for i in position.tolist()], "showgrid": False,
        }  # fmt: skip
    return _framed(Figure({"data": traces, "layout": layout}), title, subtitle, dark=dark, legend=False)


def error_by_class(
    curves: Sequence[ErrorCurve], overall: Sequence[float], title: str, subtitle: str, *, ends: tuple[str, str],
    dark: bool,
) -> Figure:  # fmt: skip
    """A small panel for each class, all on one scale. overall: (classes,) error of the whole class, drawn as a line.

    curves: all of as many slices.
    """
    columns = min(COLUMNS, max(len(curves), 1))
    rows, width = -(-len(curves) // columns), len(curves[0].slices)
    framed = _framed(Figure(), title, subtitle, dark=dark, legend=False)
    framed.update_layout(height=80 + ROW_HEIGHT * rows, margin_t=84, bargap=0.15)
    drawn = [Panel(curve.name, 100 * error) for curve, error in zip(curves, overall, strict=True)]
    bars = [_row_of_bars(curves[row * columns : (row + 1) * columns], dark=dark) for row in range(rows)]
    under = (f"1 {ends[0]}", f"{width} {ends[1]}")
    return panels(framed, drawn, bars, width, columns, under, gap=52 / (ROW_HEIGHT * rows - 34), dark=dark)


def _row_of_bars(curves: Sequence[ErrorCurve], *, dark: bool) -> dict[str, Any]:
    """Several curves as one trace: Plotly takes as long for each of twenty as for one."""
    slices = reduce(ErrorSlices.beside, (curve.slices for curve in curves))
    keys = [key for curve in curves for key in curve.keys]
    opened = next((curve.opened for curve in curves if curve.opened), "")
    joined = ErrorCurve("", curves[0].style, slices, keys, opened)
    trace = _trace(joined, np.zeros(len(slices)), bars=True, dark=dark)
    names = [[curve.name] for curve in curves for _ in curve.keys]
    told = np.hstack([trace["customdata"], np.array(names, object)])
    return {**trace, "customdata": told, "hovertemplate": f"%{{customdata[5]}}<br>{HOVER}<extra></extra>"}


def _trace(
    curve: ErrorCurve, position: Floats | Ints, *, bars: bool, dark: bool, width: float | None = None,
    whiskers: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """One curve as Plotly draws it, as bars or as a line with markers; intervals as whiskers."""
    slices, ink = curve.slices, (INK_DARK if dark else INK_LIGHT)[0]
    y, low, high = 100 * slices.error, 100 * slices.low, 100 * slices.high
    data = np.empty((len(slices), 5), object)
    for column, values in enumerate((curve.keys, slices.n, slices.wrong, low, high)):
        data[:, column] = list(values)
    kept = {"marker": {"opacity": 1}}
    trace: dict[str, Any] = {
        "name": curve.name, "x": position, "y": y, "customdata": data, "selected": kept, "unselected": kept,
        "hovertemplate": f"{curve.name}<br>{HOVER}<extra></extra>",
    }  # fmt: skip
    if whiskers:
        trace["error_y"] = {
            "array": high - y, "arrayminus": y - low, "thickness": 1.2, "width": 3 if bars else 2,
            "color": ink if bars else curve.style.colour,
        }  # fmt: skip
    # Which slice is open is said by the address, so it is drawn here and not left to the browser's selection.
    outline = [2.0 if key == curve.opened else 0.0 for key in curve.keys]
    if bars:
        marker = {"color": curve.style.colour, "line": {"color": ink, "width": outline}}
        return {"type": "bar", "width": width, "marker": marker, **trace}
    point: dict[str, Any] = {
        "color": curve.style.colour, "symbol": curve.style.symbol, "size": 8 if whiskers else 4,
        "line": {"color": ink, "width": outline},
    }  # fmt: skip
    line = {"color": curve.style.colour, "dash": curve.style.dash, "width": 1.8}
    return {"type": "scatter", "mode": "lines+markers", "marker": point, "line": line, **trace}


def _band(figure: Figure, curve: ErrorCurve, position: Floats | Ints) -> None:
    """The intervals of many groups as one shape."""
    figure.add_scatter(
        x=np.concatenate([position, position[::-1]]),
        y=100 * np.concatenate([curve.slices.low, curve.slices.high[::-1]]),
        fill="toself", fillcolor=shade(curve.style.colour, 0.18), line={"width": 0}, mode="lines", hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _framed(figure: Figure, title: str, subtitle: str, *, dark: bool, legend: bool) -> Figure:
    """Axes and height that all of these share."""
    figure.update_yaxes(rangemode="tozero", ticksuffix=" %")
    figure.update_layout(height=HEIGHT, showlegend=legend, bargap=0.22, barmode="overlay")
    framed = finished(figure, title, subtitle, dark=dark)
    return legend_below(framed, len(figure.data)) if legend else framed


def _tick(i: int, last: int, ends: tuple[str, str]) -> str:
    return f"{i}<br>{ends[0]}" if i == 1 else f"{i}<br>{ends[1]}" if i == last else str(i)
