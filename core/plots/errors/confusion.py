"""A confusion matrix: rows are the images' classes, columns a model's predictions; right blue, wrong vermilion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ...answers.models.confusion import Confusion
from ...types import Estimate, Floats
from ...wording import count, percent, percent_interval
from ..agreement import DISAGREE_TO_AGREE, DISAGREE_TO_AGREE_DARK
from ..style import INK_LIGHT, finished, plain

CELL, LEAST = 30, 300  # pixels a row; height of the smallest matrix
ROOMY = 12  # classes up to which a number of the usual size fits in its cell
ON_DEEP, DEEP = "#FFFFFF", 0.55  # of a number, and the depth of colour from which on it is drawn so
PIXELS = 26  # of the invisible square that takes a click on a cell


def confusion_matrix(
    found: Confusion, classes: Sequence[int], label_words: str, title: str, subtitle: str, *, shares: bool, dark: bool
) -> Figure:
    """The classes' rows and columns, each cell with its count or its share of the row; a click gives "label predicted".

    classes: numbers, in the order drawn. label_words: which labels the rows are. Colours are of shares in either case,
    those of wrong cells against the largest of them: a rare confusion would be invisible beside the diagonal.
    """
    names = [plain(found.names[label], 24) for label in classes]
    place, rows = np.arange(len(names)), np.array(classes, dtype=int)
    counts = found.counts[np.ix_(rows, rows)]
    cells = found.shares(classes)
    share = np.array([[cell.value if cell.n else np.nan for cell in row] for row in cells])
    texts = [
        [_text(int(n), one, shares) for n, one in zip(*row, strict=True)] for row in zip(counts, cells, strict=True)
    ]
    depth = coloured(share)
    figure = Figure()
    figure.add_heatmap(
        x=place, y=place, z=depth.astype(np.float32), zmin=-1, zmax=1, xgap=1, ygap=1, showscale=False,
        colorscale=DISAGREE_TO_AGREE_DARK if dark else DISAGREE_TO_AGREE, hoverinfo="skip",
    )  # fmt: skip
    # A heatmap tells nobody which cell was clicked; points above it do.
    at = [(i, j) for i in place.tolist() for j in place.tolist() if counts[i, j]]
    figure.add_scatter(
        x=[j for _, j in at], y=[i for i, _ in at], mode="markers+text", showlegend=False,
        marker={"symbol": "square", "size": PIXELS, "opacity": 0},
        customdata=[f"{classes[i]} {classes[j]}" for i, j in at],
        text=[texts[i][j] for i, j in at],
        textfont={
            "size": 11.5 if len(names) <= ROOMY else 8.5,
            "color": [ON_DEEP if dark or abs(depth[i, j]) > DEEP else INK_LIGHT[0] for i, j in at],
        },
        hovertext=[
            f"{names[i]} predicted {names[j]}: {count(int(counts[i, j]))} of {count(cells[i][j].n)}, "
            f"{percent_interval(cells[i][j])}"
            for i, j in at
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        xaxis_title="predicted",
        yaxis_title=label_words,
        height=max(LEAST, 200 + CELL * len(names)),
        hovermode="closest",
    )
    finished(figure, title, subtitle, dark=dark)
    ends = [-0.5, len(names) - 0.5]
    figure.update_xaxes(tickvals=place, ticktext=names, tickangle=-35, showgrid=False, range=ends)
    figure.update_yaxes(tickvals=place, ticktext=names, showgrid=False, range=ends[::-1])
    return figure


def coloured(share: Floats) -> Floats:
    """(K, K) shares as places on the colour scale: the diagonal 0 to 1, the rest 0 to -1 at the largest of them."""
    wrong = np.where(np.eye(len(share), dtype=bool), 0.0, np.nan_to_num(share))
    largest = float(wrong.max(initial=0.0)) or 1.0
    return np.where(np.eye(len(share), dtype=bool), share, -wrong / largest)


def _text(n: int, share: Estimate, shares: bool) -> str:
    if not n:
        return ""
    return percent(share.value) if shares else count(n)
