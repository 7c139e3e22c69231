"""How well scores find wrong labels: ROC and precision–recall curves, and what each finds of planted ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..answers.labels.detection import DetectionCurve, Finder
from ..experiments.self_test import PlantedNoise
from ..types import Estimate
from ..wording import three, with_interval
from .style import GREY, SeriesStyle, finished, legend_below, plain, series_styles

HEIGHT, PLANTED_ROW = 520, 30


def roc_figure(found: Sequence[Finder], styles: Mapping[str, SeriesStyle], subtitle: str, *, dark: bool) -> Figure:
    """True against false positive rate; the diagonal is a random order."""
    figure = Figure()
    line = {"color": GREY, "width": 1.2, "dash": "dot"}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, name="chance", hoverinfo="skip")
    for one in found:
        if one.roc:
            _add(figure, one, one.roc, styles, "AUROC", one.auroc)
    figure.update_layout(xaxis_title="right labels flagged", yaxis_title="wrong labels found")
    return _closed(finished(figure, "Wrong labels found against right ones flagged (ROC)", subtitle, dark=dark))


def precision_recall_figure(
    found: Sequence[Finder], styles: Mapping[str, SeriesStyle], prevalence: float | None, subtitle: str, *, dark: bool
) -> Figure:
    """Precision against recall; the dotted line is the precision of a random order."""
    figure = Figure()
    if prevalence is not None:
        line = {"color": GREY, "width": 1.2, "dash": "dot"}
        figure.add_scatter(
            x=[0, 1], y=[prevalence] * 2, mode="lines", line=line, name="chance", hoverinfo="skip"
        )  # fmt: skip
    for one in found:
        if one.precision_recall:
            _add(figure, one, one.precision_recall, styles, "AP", one.average_precision)
    figure.update_layout(xaxis_title="wrong labels found (recall)", yaxis_title="flags that are right (precision)")
    return _closed(finished(figure, "Precision against recall of wrong labels", subtitle, dark=dark))


def planted_figure(noises: Sequence[PlantedNoise], title: str, subtitle: str, *, dark: bool) -> Figure:
    """Average precision of each score by rate, as dots with intervals; the highest at the highest rate on top.

    noises: of one kind, the lowest rate first. Small marks are the draws.
    """
    figure, names = Figure(), [one.name for one in noises[-1].scores]
    styles = series_styles([noise.name for noise in noises], dark=dark)
    for i, noise in enumerate(noises):
        scores = [one for one in noise.scores if one.name in names]
        # Side by side, so that no interval hides another.
        along = np.array([names.index(one.name) for one in scores]) + (i - (len(noises) - 1) / 2) * 0.8 / len(noises)
        style, values = styles[noise.name], [one.average_precision for one in scores]
        value, low, high = np.array([one.numbers for one in values]).T
        figure.add_scatter(
            x=[draw for one in scores for draw in one.draws], hoverinfo="skip", showlegend=False, mode="markers",
            y=np.repeat(along, [len(one.draws) for one in scores]),
            marker={"symbol": "line-ns-open", "size": 7, "color": style.colour},
        )  # fmt: skip
        figure.add_scatter(
            x=value, y=along, mode="markers", name=f"{noise.rate:g} % planted",
            marker={"color": style.colour, "symbol": style.symbol, "size": 8},
            error_x={
                "array": np.nan_to_num(high - value), "arrayminus": np.nan_to_num(value - low), "thickness": 1.4,
                "width": 0, "color": style.colour,
            },
            customdata=[
                f"{plain(one.name)}, {noise.rate:g} % planted<br>{with_interval(one.average_precision)}<br>draws "
                f"{three(min(one.draws))} to {three(max(one.draws))}"
                for one in scores
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="average precision", range=[0, 1.02])
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=[plain(name) for name in names], autorange="reversed", showgrid=False
    )
    figure.update_layout(height=110 + PLANTED_ROW * len(names))
    return legend_below(finished(figure, title, subtitle, dark=dark), len(noises))


def _add(
    figure: Figure,
    one: Finder,
    curve: DetectionCurve,
    styles: Mapping[str, SeriesStyle],
    figure_name: str,
    value: Estimate,
) -> None:
    style = styles[one.score.address]
    told = np.isfinite(curve.low) & np.isfinite(curve.high)  # a NaN would break the outline in two
    x, band = (np.concatenate([a[told], b[told][::-1]]) for a, b in ((curve.x, curve.x), (curve.high, curve.low)))
    figure.add_scatter(
        x=x, y=band, fill="toself", fillcolor=style.colour, opacity=0.13,
        line={"width": 0}, mode="lines", hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=curve.x, y=curve.y, mode="lines+markers", marker={"size": 4, "symbol": style.symbol},
        line={"color": style.colour, "dash": style.dash, "width": 2},
        name=f"{plain(one.score.name, 24)}  {figure_name} {with_interval(value)}",
        hovertemplate=f"{plain(one.score.name)}: %{{y:.1%}} at %{{x:.1%}}<extra></extra>",
    )  # fmt: skip


def _closed(figure: Figure) -> Figure:
    figure.update_xaxes(range=[0, 1.005], tickformat=".0%")
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    below = {"orientation": "v", "y": -0.16, "yanchor": "top", "x": 0, "xanchor": "left"}
    return figure.update_layout(height=HEIGHT, legend=below)
