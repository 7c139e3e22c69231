"""Images per class and split, as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..types import Ints
from .palette import colours
from .style import OF_SPLITS, finished, plain

LEAST_HEIGHT = 180  # pixels: title, legend and axis title lie over the bars of two classes in fewer
NAMED_BARS = 40
"""Up to so many classes each bar carries its name; beyond, the picture is the shape of the distribution."""


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
        texts["marker_color"] = colours(dark=dark)[OF_SPLITS[column % len(OF_SPLITS)]]
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
        height = max(LEAST_HEIGHT, 90 + 22 * len(names))
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
