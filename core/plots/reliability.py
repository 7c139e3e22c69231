"""Reliability diagrams: accuracy against confidence with bands, and how many images stand behind each bin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand
from plotly.subplots import make_subplots

from ..metrics.calibration.binned import ReliabilityBins
from ..types import Estimate, Floats
from .style import BLUE, INK_DARK, INK_LIGHT, VERMILION, SeriesStyle, finished, legend_below, meanings, shade

HEIGHT = 520
FIFTHS_HEIGHT = 440
FIFTH_MARKS = {"easy": "circle", "hard": "diamond"}
FIFTH_DASHES = {"easy": "solid", "hard": "dash"}
THINNEST = 0.006
"""Of a bar in the strip of counts, in units of confidence: equal-mass bins near 1 are narrower than a pixel."""


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """One model in a diagram."""

    name: str
    style: SeriesStyle
    bins: ReliabilityBins


def reliability_diagram(curves: Sequence[ReliabilityCurve], title: str, subtitle: str, *, dark: bool) -> Figure:
    """Per cent right against per cent sure, with 95 % bands; below, images per bin.

    Of one model the gap is coloured: vermilion where it is too sure, blue where it is not sure enough.
    """
    quiet = (INK_DARK if dark else INK_LIGHT)[1]
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.8, 0.2], vertical_spacing=0.04)
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": quiet, "dash": "dot", "width": 1}, hoverinfo="skip",
        showlegend=False, row=1, col=1,
    )  # fmt: skip
    if len(curves) == 1:
        _gap(figure, curves[0].bins)
    for curve in curves:
        _curve(figure, curve)
        _counts(figure, curve, alone=len(curves) == 1)
    lowest = min((float(curve.bins.confidence.min()) for curve in curves), default=0.0)
    figure.update_xaxes(range=[max(0.0, 100 * lowest - 3), 101], ticksuffix=" %")
    figure.update_xaxes(title="confidence", row=2, col=1)
    figure.update_yaxes(title="right", ticksuffix=" %", range=[-2, 102], row=1, col=1)
    figure.update_yaxes(title="images", rangemode="tozero", nticks=3, row=2, col=1)
    figure.update_layout(height=HEIGHT, showlegend=len(curves) > 1, barmode="overlay")
    framed = finished(figure, title, subtitle, dark=dark)
    return legend_below(framed, len(curves)) if len(curves) > 1 else framed


def reliability_of_fifths(
    easy: tuple[Floats, Sequence[Estimate]], hard: tuple[Floats, Sequence[Estimate]], title: str, subtitle: str, *,
    dark: bool,
) -> Figure:  # fmt: skip
    """Per cent right against per cent sure of the easiest and the hardest fifth, with 95 % intervals.

    easy, hard: (confidence, (p,) in 0..1; accuracy at each).
    """
    figure = Figure()
    quiet = (INK_DARK if dark else INK_LIGHT)[1]
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": quiet, "dash": "dot", "width": 1}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
    for kind, name, (confidence, accuracy) in (("easy", "easiest fifth", easy), ("hard", "hardest fifth", hard)):
        colour = meanings(dark=dark)[kind]
        value, low, high = (100 * np.array([one.numbers for one in accuracy]).reshape(-1, 3)).T
        figure.add_scatter(
            x=100 * confidence, y=value, mode="lines+markers", name=name,
            customdata=np.stack([low, high, [one.n for one in accuracy]], axis=1),
            marker={"color": colour, "symbol": FIFTH_MARKS[kind], "size": 8},
            line={"color": colour, "dash": FIFTH_DASHES[kind], "width": 1.8},
            error_y={"array": high - value, "arrayminus": value - low, "thickness": 1.2, "width": 3, "color": colour},
            hovertemplate=f"{name}<br>%{{x:.1f}} % sure, %{{y:.1f}} % right [%{{customdata[0]:.1f}}, "
            "%{customdata[1]:.1f}] of %{customdata[2]:,} images<extra></extra>",
        )  # fmt: skip
    lowest = min((float(places.min()) for places, _ in (easy, hard) if len(places)), default=0.0)
    figure.update_xaxes(title="confidence", ticksuffix=" %", range=[max(0.0, 100 * lowest - 3), 101])
    figure.update_yaxes(title="right", ticksuffix=" %", range=[-2, 102])
    figure.update_layout(height=FIFTHS_HEIGHT)
    return legend_below(finished(figure, title, subtitle, dark=dark), 2)


def _curve(figure: Figure, curve: ReliabilityCurve) -> None:
    bins, x = curve.bins, 100 * curve.bins.confidence
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]), y=100 * np.concatenate([bins.accuracy_low, bins.accuracy_high[::-1]]),
        fill="toself", fillcolor=shade(curve.style.colour, 0.14), mode="lines", line={"width": 0}, hoverinfo="skip",
        showlegend=False, row=1, col=1,
    )  # fmt: skip
    data = np.stack([bins.n, 100 * bins.accuracy_low, 100 * bins.accuracy_high, 100 * bins.low, 100 * bins.high], 1)
    figure.add_scatter(
        x=x, y=100 * bins.accuracy, mode="lines+markers", name=curve.name, customdata=data,
        marker={"color": curve.style.colour, "symbol": curve.style.symbol, "size": 7},
        line={"color": curve.style.colour, "dash": curve.style.dash, "width": 1.8},
        hovertemplate=f"{curve.name}<br>%{{x:.1f}} % sure, %{{y:.1f}} % right [%{{customdata[1]:.1f}}, "
        "%{customdata[2]:.1f}]<br>%{customdata[0]:,} images from %{customdata[3]:.1f} to %{customdata[4]:.1f} %"
        "<extra></extra>", row=1, col=1,
    )  # fmt: skip


def _gap(figure: Figure, bins: ReliabilityBins) -> None:
    """A stroke in each bin from what the model said to what was so."""
    for sure, right in zip((100 * bins.confidence).tolist(), (100 * bins.accuracy).tolist(), strict=True):
        colour = VERMILION if sure > right else BLUE
        figure.add_scatter(
            x=[sure, sure], y=[sure, right], mode="lines", line={"color": colour, "width": 5}, opacity=0.55,
            hoverinfo="skip", showlegend=False, row=1, col=1,
        )  # fmt: skip


def _counts(figure: Figure, curve: ReliabilityCurve, *, alone: bool) -> None:
    bins = curve.bins
    figure.add_bar(
        x=50 * (bins.low + bins.high), y=bins.n, width=100 * np.maximum(bins.high - bins.low, THINNEST),
        marker={  # of several models only the outline, or the last would hide the others
            "color": shade(curve.style.colour, 0.8 if alone else 0.0),
            "line": {"width": 0 if alone else 1, "color": curve.style.colour},
        },
        name=curve.name, showlegend=False, hovertemplate=f"{curve.name}<br>%{{y:,}} images<extra></extra>",
        row=2, col=1,
    )  # fmt: skip
