"""Spreads: boxes over kinds of corruption, how sure a model is when it is wrong, weights by temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..types import Estimate, Floats
from ..wording import percent_interval
from .style import BLUE, VERMILION, SeriesStyle, finished, legend_below, plain, shade

TEMPERATURE_COLOURS = ("#00204D", "#31446B", "#666970", "#958F78", "#C0A53A")
TEMPERATURE_COLOURS_DARK = ("#5B7BB4", "#8291A8", "#A6A28C", "#D0BE67", "#FFEA46")
"""From cividis, for temperatures have an order; without the end that is lost on either ground."""


@dataclass(frozen=True, eq=False)
class SeverityBoxes:
    """One model's figure by severity: severity -> kind of corruption -> share. clean: on untouched images."""

    name: str
    style: SeriesStyle
    by_severity: Mapping[int, Mapping[str, Estimate]]
    clean: Estimate | None


def corruption_boxes(ladders: Sequence[SeverityBoxes], title: str, subtitle: str, *, axis: str, dark: bool) -> Figure:
    """A box over kinds for every severity and model, every kind a dot that says its interval; 0 is clean."""
    figure = Figure()
    for ladder in ladders:
        severity, value, kinds = [], [], []
        for step, found in sorted(ladder.by_severity.items()):
            severity += [str(step)] * len(found)
            value += [100 * one.value for one in found.values()]
            kinds += [
                f"{plain(kind.replace('_', ' '))}, severity {step}: {percent_interval(one)}"
                for kind, one in found.items()
            ]
        figure.add_box(
            x=severity, y=value, name=ladder.name, customdata=kinds, boxpoints="all", jitter=0.3, pointpos=0,
            marker={"color": ladder.style.colour, "size": 4, "opacity": 0.7}, line={"width": 1.3},
            fillcolor=shade(ladder.style.colour, 0.16), hoveron="points",
            hovertemplate=f"{ladder.name}<br>%{{customdata}}<extra></extra>",
        )  # fmt: skip
        if ladder.clean is not None:
            figure.add_hline(
                y=100 * ladder.clean.value, line={"color": ladder.style.colour, "width": 1, "dash": "dot"},
            )  # fmt: skip
    figure.update_xaxes(title="severity; a dotted line is clean images", type="category", showgrid=False)
    figure.update_yaxes(title=axis, ticksuffix=" %", rangemode="tozero")
    figure.update_layout(height=360, boxmode="group", showlegend=len(ladders) > 1)
    framed = finished(figure, title, subtitle, dark=dark)
    return legend_below(framed, len(ladders)) if len(ladders) > 1 else framed


def quantile_boxes(
    names: Sequence[str], wrong: Sequence[Floats], right: Sequence[Floats], title: str, subtitle: str, *, axis: str,
    dark: bool,
) -> Figure:  # fmt: skip
    """Two boxes for each model, of its errors and of its right predictions; whiskers from 5 to 95 per cent.

    wrong, right: (5,) quantiles at 5, 25, 50, 75 and 95 per cent for each name.
    """
    figure = Figure()
    for label, found, colour in (("wrong", wrong, VERMILION), ("right", right, BLUE)):
        low, first, middle, third, high = np.stack(found).T
        figure.add_box(
            x=list(names), q1=first, median=middle, q3=third, lowerfence=low, upperfence=high, name=label,
            marker={"color": colour}, line={"width": 1.3}, fillcolor=shade(colour, 0.18),
        )  # fmt: skip
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(title=axis, rangemode="tozero")
    figure.update_layout(height=340, boxmode="group", showlegend=True)
    return legend_below(finished(figure, title, subtitle, dark=dark), 2)


def weight_distributions(
    temperatures: Sequence[float], shares: Sequence[Floats], title: str, subtitle: str, *, dark: bool
) -> Figure:
    """A stepped line for each temperature: share of the images by weight. shares: equal stretches of 0..1."""
    figure = Figure()
    for i, (temperature, share) in enumerate(zip(temperatures, shares, strict=True)):
        left = np.arange(len(share)) / len(share)
        colour = (TEMPERATURE_COLOURS_DARK if dark else TEMPERATURE_COLOURS)[i % len(TEMPERATURE_COLOURS)]
        figure.add_scatter(
            x=left + 0.5 / len(share), y=100 * share, mode="lines", line={"shape": "hvh", "width": 2, "color": colour},
            name=f"T = {temperature:g}", hovertemplate=f"T = {temperature:g}<br>s about %{{x:.2f}}: %{{y:.1f}} % of "
            "the images<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="weight s", range=[0, 1])
    figure.update_yaxes(title="share of images", ticksuffix=" %", rangemode="tozero")
    figure.update_layout(height=360)
    return legend_below(finished(figure, title, subtitle, dark=dark), len(temperatures))
