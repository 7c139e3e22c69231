"""RMD step by step: a small panel for each corruption, and a line for labels ever more altered or distant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ...types import Estimate
from ...wording import with_interval
from ..panels import Panel, panels
from ..style import BLUE, VERMILION, finished, plain

COLUMNS, ROW_HEIGHT = 4, 150
HOVER = "%{customdata}<extra></extra>"


def by_severity(
    kinds: Sequence[tuple[str, Sequence[str], Sequence[Estimate]]], title: str, subtitle: str, *, dark: bool
) -> Figure:
    """A panel for each kind on one scale. kinds: name, its steps in words, mean RMD at each; all of as many steps.

    The first step is the clean image, whose mean is drawn through each panel as a dotted line.
    """
    columns = min(COLUMNS, max(len(kinds), 1))
    rows, width = -(-len(kinds) // columns), len(kinds[0][2])
    figure = Figure()
    figure.update_yaxes(title="mean RMD")
    figure.update_layout(height=70 + ROW_HEIGHT * rows, showlegend=False)
    framed = finished(figure, title, subtitle, dark=dark)
    framed.update_layout(margin_t=84)
    drawn = [Panel(plain(name.replace("_", " ")), means[0].value) for name, _, means in kinds]
    lines = [_joined(kinds[row * columns : (row + 1) * columns]) for row in range(rows)]
    gap = 50 / (70 + ROW_HEIGHT * rows - 84)
    return panels(
        framed, drawn, lines, width, columns, ("clean", f"severity {kinds[0][1][-1]}"), gap=gap, dark=dark, joined=True
    )


def _joined(kinds: Sequence[tuple[str, Sequence[str], Sequence[Estimate]]]) -> dict[str, Any]:
    """The lines of a row of panels as one trace, with a place left empty after each."""
    trace = _line([], [], VERMILION)
    for name, steps, means in kinds:
        part = _line([_told(name, step) for step in steps], means, VERMILION)
        trace["y"] += [*part["y"], None]
        trace["customdata"] += [*part["customdata"], ""]
        for end in ("array", "arrayminus"):
            trace["error_y"][end] += [*part["error_y"][end], None]
    return trace


def along_steps(
    names: Sequence[str], means: Sequence[Estimate], title: str, subtitle: str, *, axis: str, dark: bool
) -> Figure:
    """One line with intervals over steps that have names."""
    figure = Figure()
    figure.add_trace({**_line(list(names), means, BLUE), "x": list(range(len(names)))})
    figure.update_xaxes(title=axis, tickvals=list(range(len(names))), ticktext=list(names), showgrid=False)
    figure.update_yaxes(title="mean RMD")
    figure.update_layout(height=340, showlegend=False)
    return finished(figure, title, subtitle, dark=dark)


def _line(names: Sequence[str], means: Sequence[Estimate], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines+markers", "y": [one.value for one in means],
        "customdata": [
            f"{name}: {with_interval(one)}, {one.n:,} images" for name, one in zip(names, means, strict=True)
        ],
        "marker": {"color": colour, "size": 6}, "line": {"color": colour, "width": 1.8}, "hovertemplate": HOVER,
        "error_y": {
            "array": [one.high - one.value for one in means], "arrayminus": [one.value - one.low for one in means],
            "thickness": 1.2, "width": 3, "color": colour,
        },
    }  # fmt: skip


def _told(kind: str, step: str) -> str:
    return f"{plain(kind.replace('_', ' '))}, {step if not step.isdecimal() else f'severity {step}'}"
