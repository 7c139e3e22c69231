"""Score A against score B, every image in view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..answers.scores.cloud import Cloud
from ..answers.scores.pair import END, RANKS
from ..answers.scores.quadrants import LIKELIER_WRONG, Quadrants
from ..answers.view.choices import ScoreChoice
from ..maths.plane import Shape
from ..types import HARDER_LOW, Bools
from .cloud import add_density, add_line_at, add_points, add_shape, framed, ink, outside_of
from .palette import OPACITY
from .style import finished, legend_below, meanings, plain

HEIGHT = 560
QUIET = 0.35  # opacity of the images that are not the figure's subject
QUADRANT_MEANINGS = {
    (True, False): "easy", (True, True): "hard", (False, False): "unknown", (False, True): "suspect",
}  # fmt: skip
"""Which of the palette's meanings each quadrant is drawn in, by whether it is hard and whether it is doubted."""


def score_pair(
    a: ScoreChoice, b: ScoreChoice, scale: str, cloud: Cloud, texts: Sequence[tuple[str, str]], wrong: Bools | None,
    shape: Shape | None, subtitle: str, *, dark: bool,
) -> Figure:  # fmt: skip
    """Every image at its two scores; on ranks with the ends, a fifth of the images each, marked off.

    wrong: (m,) which of the cloud's images the model gets wrong, None without a model.
    """
    figure, colours = Figure(), meanings(dark=dark)
    if cloud.as_points:
        faded = outside_of(cloud, shape)
        if wrong is None:
            add_points(figure, cloud, np.ones(len(cloud.ids), bool), texts, colour=colours["easy"], faded=faded)
        else:
            for rows, meaning, opacity, name in (
                (~wrong, "easy", QUIET, "not misclassified"), (wrong, "hard", OPACITY, "misclassified"),
            ):  # fmt: skip
                add_points(figure, cloud, rows, texts, colour=colours[meaning], faded=faded, opacity=opacity, name=name)
    else:
        add_density(figure, cloud, dark=dark)
    add_shape(figure, cloud, shape, dark=dark)
    if scale == RANKS:
        for end in (END, 100 - END):
            add_line_at(figure, x=end)
            add_line_at(figure, y=end)
    figure.update_layout(xaxis_title=axis_title(a, scale), yaxis_title=axis_title(b, scale))
    finished(figure, f"{plain(b.name)} against {plain(a.name)}, {many(cloud)}", subtitle, dark=dark)
    framed(figure, cloud, height=HEIGHT)
    if scale == RANKS:
        figure.update_xaxes(range=[0, 100])
        figure.update_yaxes(range=[0, 100])
        figure.update_traces(cliponaxis=False, selector={"mode": "markers"})  # the very first and last lie on the frame
    return legend_below(figure, 2) if cloud.as_points and wrong is not None else figure


def quadrant_figure(
    found: Quadrants, cloud: Cloud, texts: Sequence[tuple[str, str]], shape: Shape | None, subtitle: str, *, dark: bool
) -> Figure:
    """Difficulty against suspicion with both cuts drawn; each quadrant in its colour where points are drawn."""
    figure = Figure()
    turned = found.difficulty.direction == HARDER_LOW
    hard = (cloud.x >= found.hard_from) != turned
    doubted = cloud.y >= LIKELIER_WRONG
    if cloud.as_points:
        faded = outside_of(cloud, shape)
        for quadrant in found.quadrants:
            rows = (hard == quadrant.high[0]) & (doubted == quadrant.high[1])
            colour = meanings(dark=dark)[QUADRANT_MEANINGS[quadrant.high]]
            add_points(figure, cloud, rows, texts, name=quadrant.name, colour=colour, faded=faded)
    else:
        add_density(figure, cloud, dark=dark)
    add_shape(figure, cloud, shape, dark=dark)
    add_line_at(figure, x=found.hard_from)
    add_line_at(figure, y=LIKELIER_WRONG)
    title = f"Suspicion against difficulty ({plain(found.difficulty.name)}), {many(cloud)}"
    direction = "← harder" if turned else "harder →"
    figure.update_layout(xaxis_title=f"{plain(found.difficulty.name)}  {direction}", yaxis_title="suspicion  ↑ doubted")
    finished(figure, title, subtitle, dark=dark)
    framed(figure, cloud, height=HEIGHT)
    figure.update_yaxes(range=[-0.1, 1.1], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    figure.update_layout(showlegend=False)
    for quadrant in found.quadrants:
        right = quadrant.high[0] != turned
        figure.add_annotation(
            text=f"<b>{quadrant.name}</b> · {quadrant.n:,}", showarrow=False, xref="paper", x=0.995 if right else 0.005,
            xanchor="right" if right else "left", yref="paper", y=1.0 if quadrant.high[1] else 0.0,
            yanchor="top" if quadrant.high[1] else "bottom", font={"color": ink(dark), "size": 12.5},
            bgcolor=figure.layout.plot_bgcolor,  # over the line of a cut close to the side
        )  # fmt: skip
    return figure


def axis_title(score: ScoreChoice, scale: str) -> str:
    """The score with its direction and unit."""
    points = {1: "↑ harder", -1: "↓ harder", None: "direction not known"}[score.direction]
    return f"{plain(score.name)}, {'percentile' if scale == RANKS else 'as stored'} · {points}"


def many(cloud: Cloud) -> str:
    """How many images a figure shows, and how many it cannot."""
    text = f"{len(cloud.ids):,} images"
    return f"{text}, {cloud.outside:,} of them outside the frame" if cloud.outside else text
