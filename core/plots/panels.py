"""Many small panels on one scale as one figure, put together in one step.

Plotly's own `make_subplots` and what is then changed in each panel take half a second for twenty of them, most of it to
look up forty axes by name again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from .style import INK_DARK, INK_LIGHT


def panels(
    framed: Figure, traces: Sequence[dict[str, Any]], x_axes: Sequence[dict[str, Any]], titles: Sequence[str],
    columns: int, *, gaps: tuple[float, float], dark: bool,
) -> Figure:  # fmt: skip
    """One panel for each trace, row after row from the top, all with one scale upwards.

    framed: a finished figure without traces, whose two axes are the pattern of all. x_axes: what is the panel's own in
    its axis. gaps: between panels, across and down, as shares of the figure.
    """
    rows, ink = -(-len(traces) // columns), (INK_DARK if dark else INK_LIGHT)[0]
    width, height = ((1 - gap * (n - 1)) / n for gap, n in zip(gaps, (columns, rows), strict=True))
    layout = framed.layout.to_plotly_json()
    layout.pop("template")
    x_pattern, y_pattern = layout.pop("xaxis"), layout.pop("yaxis")
    placed, annotations = [], []
    for i, (trace, x_axis, title) in enumerate(zip(traces, x_axes, titles, strict=True)):
        number, (row, column) = panel_number(i), divmod(i, columns)
        left, top = column * (width + gaps[0]), 1 - row * (height + gaps[1])
        placed.append({**trace, "xaxis": f"x{number}", "yaxis": f"y{number}"})
        across = {"domain": [left, min(left + width, 1)], "anchor": f"y{number}"}
        layout[f"xaxis{number}"] = {**x_pattern, **across, **x_axis}
        layout[f"yaxis{number}"] = {**y_pattern, "domain": [max(top - height, 0), top], "anchor": f"x{number}"}
        if i:
            layout[f"yaxis{number}"] |= {"matches": "y", "showticklabels": column == 0}
        annotations.append({
            "text": title, "x": left + width / 2, "y": top, "xref": "paper", "yref": "paper", "xanchor": "center",
            "yanchor": "bottom", "showarrow": False, "font": {"size": 12, "color": ink},
        })  # fmt: skip
    return Figure({"data": placed, "layout": {**layout, "annotations": annotations}})


def panel_number(i: int) -> str:
    """How Plotly numbers axes: x, x2, x3 and so on."""
    return str(i + 1) if i else ""
