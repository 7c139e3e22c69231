"""A plot of a paper's figure on the user's data: several series along one axis, each estimate with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..experiments.papers.section import Plot, Series
from ..wording import written
from .style import INK_DARK, INK_LIGHT, finished, legend_below, plain, series_styles

HEIGHT = 340
APART = 0.06
"""Of the distance between two places, that neighbouring series are moved, so that no interval hides another."""


def paper_figure(plot: Plot, *, dark: bool) -> Figure:
    """Draw a plot; shares in per cent."""
    names = [one.name for one in plot.series]
    styles = series_styles(names, dark=dark)
    figure = Figure()
    step = _step(plot.series)
    for i, one in enumerate(plot.series):
        shift = (i - (len(names) - 1) / 2) * min(APART, 0.5 / len(names)) * step if len(names) > 1 else 0.0
        _add(figure, one, styles[one.name].colour, styles[one.name].symbol, shift, plot)
    share = any(estimate.unit == "share" for one in plot.series for _, estimate in one.points)
    figure.update_yaxes(title=plot.up, ticksuffix=" %" if share else "")
    figure.update_xaxes(title=plot.across, showgrid=False)
    if plot.names:
        figure.update_xaxes(tickvals=list(range(len(plot.names))), ticktext=[plain(name, 24) for name in plot.names])
    if plot.zero:
        quiet = (INK_DARK if dark else INK_LIGHT)[1]
        figure.add_hline(y=0, line={"color": quiet, "dash": "dot", "width": 1})
    figure.update_layout(height=HEIGHT, showlegend=len(names) > 1)
    framed = finished(figure, plain(plot.title, 90), plain(plot.says, 140), dark=dark)
    return legend_below(framed, len(names)) if len(names) > 1 else framed


def _add(figure: Figure, series: Series, colour: str, symbol: str, shift: float, plot: Plot) -> None:
    values = [(at, one.in_per_cent() if one.unit == "share" else one, written(one)) for at, one in series.points]
    figure.add_scatter(
        x=[at + shift for at, _, _ in values], y=[one.value for _, one, _ in values],
        mode="lines+markers" if plot.joined else "markers", name=plain(series.name),
        line={"color": colour, "width": 1.5}, marker={"color": colour, "symbol": symbol, "size": 7},
        error_y={
            "type": "data", "symmetric": False, "color": colour, "thickness": 1.2, "width": 0,
            "array": [one.high - one.value if one.has_interval else 0.0 for _, one, _ in values],
            "arrayminus": [one.value - one.low if one.has_interval else 0.0 for _, one, _ in values],
        },
        customdata=[[_name(plot, at), text] for at, _, text in values],
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra>" + plain(series.name) + "</extra>",
    )  # fmt: skip


def _name(plot: Plot, at: float) -> str:
    return plain(plot.names[int(at)]) if plot.names else f"{at:g}"


def _step(series: Sequence[Series]) -> float:
    """The smallest distance between two places."""
    places = sorted({at for one in series for at, _ in one.points})
    return min((b - a for a, b in pairwise(places)), default=1.0)
