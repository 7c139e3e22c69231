"""What refusing the least confident images buys: accuracy against rejection, risk against coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..types import Floats
from .style import SeriesStyle, finished, legend_below, shade


@dataclass(frozen=True, eq=False)
class BandedCurve:
    """A curve with a 95 % band; all in 0..1, (p,) each."""

    name: str
    style: SeriesStyle
    x: Floats
    y: Floats
    low: Floats
    high: Floats


def banded_curves(
    curves: Sequence[BandedCurve], title: str, subtitle: str, *, across: str, up: str, dark: bool
) -> Figure:
    """Curves in per cent over each other. across, up: the axes' titles."""
    figure = Figure()
    for curve in curves:
        figure.add_scatter(
            x=100 * np.concatenate([curve.x, curve.x[::-1]]), y=100 * np.concatenate([curve.low, curve.high[::-1]]),
            fill="toself", fillcolor=shade(curve.style.colour, 0.15), mode="lines", line={"width": 0},
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        figure.add_scatter(
            x=100 * curve.x, y=100 * curve.y, mode="lines", name=curve.name,
            customdata=100 * np.stack([curve.low, curve.high], axis=1),
            line={"color": curve.style.colour, "dash": curve.style.dash, "width": 2},
            hovertemplate=f"{curve.name}<br>{across} %{{x:.0f}} %: {up} %{{y:.1f}} % [%{{customdata[0]:.1f}}, "
            "%{customdata[1]:.1f}]<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title=across, ticksuffix=" %", range=[0, 100])
    figure.update_yaxes(title=up, ticksuffix=" %")
    figure.update_layout(height=360, showlegend=len(curves) > 1)
    framed = finished(figure, title, subtitle, dark=dark)
    return legend_below(framed, len(curves)) if len(curves) > 1 else framed
