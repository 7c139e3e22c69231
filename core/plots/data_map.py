"""The data map: how a label's probability varied over a training, against its mean, with the three regions."""

from __future__ import annotations

from collections.abc import Sequence

from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..answers.scores.cloud import Cloud
from ..answers.scores.colouring import Colouring
from ..answers.scores.data_map import DataMap, Region
from ..maths.data_map import AMBIGUOUS, EVEN_CHANCE, HARD
from ..maths.plane import Shape
from .cloud import add_line_at, add_shape, framed, ink
from .embedding_map import add_coloured
from .style import GREY, finished, legend_below, plain

HEIGHT = 560


def data_map_figure(
    found: DataMap, cloud: Cloud, colouring: Colouring | None, texts: Sequence[tuple[str, str]],
    regions: Sequence[Region], shape: Shape | None, subtitle: str, *, model: str, dark: bool,
) -> Figure:  # fmt: skip
    """Every image at the standard deviation and the mean of its label's probability over epochs.

    colouring: None for how many there are. model: whose training it is of.
    """
    figure = Figure()
    add_coloured(figure, cloud, colouring, texts, shape, dark=dark)
    add_shape(figure, cloud, shape, dark=dark)
    add_line_at(figure, x=found.variable)
    line = {"color": GREY, "width": 1, "dash": "dash"}
    figure.add_shape(
        type="line", line=line, x0=cloud.grid.frame.left, x1=found.variable, y0=EVEN_CHANCE, y1=EVEN_CHANCE
    )
    by = f" by {plain(colouring.title)}" if colouring else ""
    figure.update_layout(
        xaxis_title="standard deviation of p(given label) over epochs · variability →",
        yaxis_title="mean of p(given label) over epochs · ↓ harder",
    )
    finished(figure, f"Data map of {plain(model)}{by}, {len(cloud.ids):,} images", subtitle, dark=dark)
    framed(figure, cloud, height=HEIGHT)
    figure.update_yaxes(range=[-0.06, 1.06], tickvals=[0, 0.25, 0.5, 0.75, 1])
    for region in regions:
        right, up = region.name == AMBIGUOUS, region.name != HARD
        figure.add_annotation(
            text=f"<b>{region.name}</b> · {region.n:,}", showarrow=False, xref="paper", x=0.995 if right else 0.005,
            xanchor="right" if right else "left", yref="paper", y=1.0 if up else 0.0, yanchor="top" if up else "bottom",
            font={"color": ink(dark), "size": 12.5}, bgcolor=figure.layout.plot_bgcolor,
        )  # fmt: skip
    return legend_below(figure, len(colouring.names)) if colouring and colouring.names else figure
