"""How far scores agree: a matrix with its numbers, and how much of one top the others share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..answers.scores.agreement import Overlaps, ScoreAgreement, end_in_words
from ..answers.view.choices import ScoreChoice
from .style import GREY, SeriesStyle, finished, plain

DISAGREE_TO_AGREE = [[0.0, "#B24A00"], [0.5, "#F4F4F1"], [1.0, "#005A8E"]]
DISAGREE_TO_AGREE_DARK = [[0.0, "#D55E00"], [0.5, "#242422"], [1.0, "#2E8BC9"]]
"""Vermilion for the opposite order, blue for the same, the ground for none: told apart without red and green."""

CELL, LEAST = 24, 420  # pixels a row; height of the smallest matrix
ROOMY = 16  # scores up to which a number of the usual size fits in its cell


def agreement_figure(
    found: ScoreAgreement, choices: Sequence[ScoreChoice], marked: Sequence[str], subtitle: str, *, dark: bool
) -> Figure:
    """The matrix in the order in which scores that agree stand together. marked: names written in bold."""
    names = [choices[i].name for i in found.order]
    # Axes are places and not names: two runs of a scorer have one name.
    labels = [f"<b>{plain(name, 32)}</b>" if name in marked else plain(name, 32) for name in names]
    place = np.arange(len(names))
    matrix = found.matrix.astype(np.float32)
    figure = Figure()
    pairs = np.array([[f"{plain(b)} and {plain(a)}" for b in names] for a in names], object)
    numbers = [[_short(value) for value in row] for row in found.matrix.tolist()]
    size = 11.5 if len(names) <= ROOMY else 8.5
    figure.add_heatmap(
        x=place, y=place, z=matrix, zmin=-1, zmax=1, colorscale=DISAGREE_TO_AGREE_DARK if dark else DISAGREE_TO_AGREE,
        text=numbers, texttemplate="%{text}", textfont={"size": size}, customdata=pairs,
        xgap=1, ygap=1, showscale=False, hoverongaps=False, hovertemplate="%{customdata}: %{z:.3f}<extra></extra>",
    )  # fmt: skip
    finished(figure, f"{found.statistic} correlation of {len(names)} scores, {found.n:,} images", subtitle, dark=dark)
    figure.update_xaxes(tickvals=place, ticktext=labels, tickangle=-35, showgrid=False, side="bottom")
    figure.update_yaxes(tickvals=place, ticktext=labels, autorange="reversed", showgrid=False)
    figure.update_layout(height=max(LEAST, 170 + CELL * len(names)))
    return figure


def overlap_figure(
    found: Overlaps, first: ScoreChoice, others: Sequence[ScoreChoice], styles: Mapping[str, SeriesStyle],
    bold: str, subtitle: str, *, height: int, dark: bool,
) -> Figure:  # fmt: skip
    """Share of the first score's top k that each other has on top too, with what chance would give.

    bold: address of the score whose line comes to the front.
    """
    figure = Figure()
    chances = dict(zip(found.both.tolist(), found.chance, strict=True))  # scores of as many images have the same
    for n, chance in sorted(chances.items(), reverse=True):
        name = "chance" if len(chances) == 1 else f"chance, {n:,} images"
        figure.add_scatter(
            x=found.ks, y=chance.astype(np.float32), mode="lines", name=name,
            line={"color": GREY, "width": 1.2, "dash": "dot"},
            hovertemplate=f"{name}: %{{y:.1%}} of the top %{{x:,}}<extra></extra>",
        )  # fmt: skip
    for row, other in enumerate(others):
        style = styles[other.address]
        strong = other.address == bold
        figure.add_scatter(
            x=found.ks, y=found.shares[row].astype(np.float32), mode="lines", name=plain(other.name, 28),
            line={"color": style.colour, "dash": style.dash, "width": 2.6 if strong else 1.4},
            opacity=1.0 if strong or not bold else 0.75,
            hovertemplate=f"{plain(other.name)}: %{{y:.1%}} of the top %{{x:,}}<extra></extra>",
        )  # fmt: skip
    end = end_in_words(first)
    figure.update_layout(xaxis_title=f"k {end} images", yaxis_title="shared", height=height)
    finished(figure, f"Share of the k {end} by {plain(first.name)} that others have on top too", subtitle, dark=dark)
    ticks = _round_numbers(int(found.ks[0]), int(found.ks[-1]))
    figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks])
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    figure.update_layout(legend={"y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left"})
    return figure


def _round_numbers(low: int, high: int) -> list[int]:
    """1, 2, 5, 10, 20, … within low..high, the powers of ten alone where they are many enough; both ends where fewer
    than two are between, and the numbers beside one that is both.

    A single tick, which Plotly too would choose below a hundred images, leaves it unable to place the axis' title.
    """
    digits = (1, 2, 5) if high < 1000 * low else (1,)
    found = [n for power in range(8) for digit in digits if low <= (n := digit * 10**power) <= high]
    if len(found) > 1:
        return found
    return [low, high] if low < high else [low - 1, low, low + 1]


def _short(value: float) -> str:
    """-0.347 -> "−.35": the digits that tell, as a cell has room for."""
    return "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−").replace("0.", ".", 1)
