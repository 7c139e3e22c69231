"""Tables to Plotly figures. No Streamlit, so that a figure is an object a test can look at.

Plotly reads some HTML in texts, links included: names that come from a data set pass `plain`.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from .types import Ints

BLUE, SKY, VERMILION, AMBER, GREEN, PURPLE, GREY = (
    "#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#8C8C8C",
)  # fmt: skip
"""Okabe & Ito's palette: blue easy or low, vermilion hard or high, amber suspect, green confirmed, grey not known."""

SPLIT_COLOURS = (BLUE, SKY, GREEN, PURPLE, GREY)

INK_LIGHT, INK_DARK = ("#1C1C1A", "#5F5F5B", "#DEDEDA"), ("#E6E6E2", "#A3A39E", "#3A3A37")
"""Text, quiet text and lines in both themes, as .streamlit/config.toml has them."""

NAMED_BARS = 40
"""Up to so many classes each bar carries its name; beyond, the picture is the shape of the distribution."""


def plain(text: str, longest: int = 40) -> str:
    """A user's text for a figure: nothing in it is read as markup, and it is at most `longest` characters."""
    return html.escape(text if len(text) <= longest else text[: longest - 1] + "…", quote=False)


def class_balance(names: Sequence[str], splits: Sequence[str], counts: Ints, *, dark: bool) -> Figure:
    """Images per class, stacked by split.

    names: of the classes, from the top. counts: (classes, splits).
    """
    total = counts.sum(axis=1)
    many = len(names) > NAMED_BARS
    order = np.argsort(-total, kind="stable") if many else np.arange(len(names))
    figure = Figure()
    # Bars sit at positions and not at names: two long names may be cut to the same text.
    position = np.arange(len(names))
    shown = [plain(names[i]) for i in order]
    for column, split in enumerate(splits):
        value = counts[order, column]
        texts: dict[str, Any] = {"customdata": shown, "name": plain(split), "marker_line_width": 0}
        texts["marker_color"] = SPLIT_COLOURS[column % len(SPLIT_COLOURS)]
        if many:
            figure.add_bar(x=position, y=value, hovertemplate="%{customdata} · %{y:,}", **texts)
        else:
            figure.add_bar(y=position, x=value, orientation="h", hovertemplate="%{customdata} · %{x:,}", **texts)
    if many:
        figure.update_layout(xaxis_title=f"{len(names):,} classes, largest first", yaxis_title="images", bargap=0)
        height = 260
    else:
        figure.update_yaxes(tickvals=position, ticktext=shown, autorange="reversed", showgrid=False)
        figure.update_layout(xaxis_title="images", bargap=0.3)
        height = 90 + 22 * len(names)
    figure.update_layout(height=height, showlegend=len(splits) > 1, barmode="stack")
    return finished(figure, "Images per class", balance_in_words(names, total), dark=dark)


def balance_in_words(names: Sequence[str], total: Ints) -> str:
    """What the counts say: equal, or how far the largest class exceeds the smallest."""
    if len(total) == 0:
        return "no class"
    low, high = int(np.argmin(total)), int(np.argmax(total))
    if total[low] == total[high]:
        return f"{total[0]:,} in every class"
    largest, smallest = plain(names[high], 24), plain(names[low], 24)
    if total[low] == 0:
        return f"most: {largest}, {total[high]:,}; none: {smallest}"
    return f"most: {largest}, {total[high]:,}; fewest: {smallest}, {total[low]:,} ({total[high] / total[low]:.1f} : 1)"


def finished(figure: Figure, title: str, subtitle: str, *, dark: bool) -> Figure:
    """The house style: a title that says what is shown, a subtitle that says what follows, no decoration."""
    ink, quiet, line = INK_DARK if dark else INK_LIGHT
    figure.update_layout(
        title={
            "text": title, "font": {"size": 14, "color": ink, "weight": 600}, "x": 0, "xref": "container",
            "xanchor": "left", "y": 0.98, "yanchor": "top",
            "subtitle": {"text": subtitle, "font": {"size": 12.5, "color": quiet}},
        },
        font={"family": "'Source Sans', sans-serif", "size": 12.5, "color": ink},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", dragmode=False, hovermode="closest",
        margin={"l": 0, "r": 8, "t": 58, "b": 0},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right", "traceorder": "normal"},
    )  # fmt: skip
    axes = {"automargin": True, "zeroline": False, "fixedrange": True, "gridcolor": line}
    axes |= {"title_font": {"color": quiet, "size": 12.5}, "title_standoff": 6, "ticklabelstandoff": 6}
    figure.update_xaxes(**axes)
    figure.update_yaxes(**axes)
    return figure
