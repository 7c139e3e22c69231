"""Many small panels on one scale as one figure: those of a row share their axes, and lie behind one another on them.

A browser draws axes slowly: twenty panels on twenty pairs of them take it longer than all other figures of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from .style import INK_DARK, INK_LIGHT

APART = 1.4
"""Between two panels of a row, in bars."""


@dataclass(frozen=True)
class Panel:
    """level: of a dotted line over all of its bars."""

    title: str
    level: float


def panels(
    framed: Figure, drawn: Sequence[Panel], bars: Sequence[dict[str, Any]], width: int, columns: int,
    ends: tuple[str, str], *, gap: float, dark: bool, joined: bool = False,
) -> Figure:  # fmt: skip
    """Panels of `width` bars each, row after row from the top.

    framed: a finished figure without traces, whose axes are the pattern of all. bars: a trace for each row, with the
    bars of its panels one after another and without their places. ends: what stands under the first and the last bar of
    a panel. gap: between rows, as a share of the figure. joined: whether the traces are lines, which have one more
    place, an empty one, after each panel, for the line to end there.
    """
    ink, quiet, _ = INK_DARK if dark else INK_LIGHT
    rows, step = len(bars), width + APART
    height = (1 - gap * (rows - 1)) / rows
    layout = framed.layout.to_plotly_json()
    x_pattern, y_pattern = layout.pop("xaxis"), layout.pop("yaxis")
    traces, titles, levels = [], [], []
    for row, trace in enumerate(bars):
        number, top = str(row + 1) if row else "", 1 - row * (height + gap)  # as Plotly numbers axes: x, x2, x3
        part = drawn[row * columns : (row + 1) * columns]
        lefts = [column * step for column in range(len(part))]
        on = {"xref": f"x{number}", "yref": f"y{number}"}
        traces.append({
            **trace, "x": [left + 1 + bar for left in lefts for bar in range(width + joined)],
            "xaxis": f"x{number}", "yaxis": f"y{number}",
        })  # fmt: skip
        inside = 0.0 if joined else min(0.07 * width, (width - 1) / 2)  # so that the words of neighbours do not meet
        layout[f"xaxis{number}"] = {
            **x_pattern, "anchor": f"y{number}", "range": [0.3, columns * step - APART + 0.7], "showgrid": False,
            "tickvals": [end for left in lefts for end in (left + 1 + inside, left + width - inside)],
            "ticktext": list(ends) * len(part),
        }  # fmt: skip
        layout[f"yaxis{number}"] = {**y_pattern, "anchor": f"x{number}", "domain": [max(top - height, 0), top]}
        if row:
            layout[f"yaxis{number}"]["matches"] = "y"
        for left, panel in zip(lefts, part, strict=True):
            levels.append({
                **on, "type": "line", "x0": left + 0.5, "x1": left + width + 0.5, "y0": panel.level, "y1": panel.level,
                "line": {"color": quiet, "width": 1, "dash": "dot"},
            })  # fmt: skip
            titles.append({
                **on, "yref": f"y{number} domain", "text": panel.title, "x": left + (width + 1) / 2, "y": 1,
                "xanchor": "center", "yanchor": "bottom", "showarrow": False, "font": {"size": 12, "color": ink},
            })  # fmt: skip
    return Figure({"data": traces, "layout": {**layout, "annotations": titles, "shapes": levels}})
