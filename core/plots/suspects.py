"""Suspects by class, as bars: those that another score doubts too, and those that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..types import Ints
from .style import AMBER, GREY, finished, legend_below, plain

NAMED_BARS = 30


def suspects_by_class(
    names: Sequence[str], agreed: Ints, alone: Ints, judged: Ints, score: str, *, dark: bool
) -> Figure:
    """names: classes, most suspects first. agreed, alone, judged: (n_classes,) int."""
    shown = [plain(name, 24) for name in names]
    many = len(names) > NAMED_BARS
    position = np.arange(len(names))
    total = agreed + alone
    share = 100 * total / np.maximum(judged, 1)
    figure = Figure()
    for title, value, colour in (("others agree", agreed, AMBER), ("alone", alone, GREY)):
        bar = {"name": title, "marker_color": colour, "marker_line_width": 0}
        bar["customdata"] = np.stack([np.array(shown, object), judged.astype(object), share.astype(object)], axis=1)
        hover = "%{customdata[0]} · %{VALUE:,} of %{customdata[1]:,}; suspects in all: %{customdata[2]:.1f} %"
        if many:
            figure.add_bar(x=position, y=value, hovertemplate=hover.replace("VALUE", "y"), **bar)
        else:
            figure.add_bar(y=position, x=value, orientation="h", hovertemplate=hover.replace("VALUE", "x"), **bar)
    if many:
        figure.update_layout(xaxis_title=f"{len(names):,} classes, most suspects first", yaxis_title="suspects",
                             bargap=0)  # fmt: skip
    else:
        figure.update_yaxes(tickvals=position, ticktext=shown, autorange="reversed", showgrid=False)
        figure.update_layout(xaxis_title="suspects", bargap=0.3)
    figure.update_layout(height=260 if many else 92 + 21 * len(names), barmode="stack")
    title = f"Suspects by class, {plain(score)}"
    return legend_below(finished(figure, title, in_words(shown, total, judged), dark=dark), 2)


def in_words(names: Sequence[str], total: Ints, judged: Ints) -> str:
    """Where most suspects are. names: as the figure has them, most suspects first."""
    if not len(names) or not total.sum():
        return "no label is doubted"
    return f"most in {names[0]}: {100 * total[0] / max(judged[0], 1):.0f} % of its labels"
