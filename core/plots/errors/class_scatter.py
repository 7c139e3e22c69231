"""A point a class: mean score against the share of the class that a model misses, both with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ...metrics.correlation import ClassMeans
from ...types import Floats
from ..style import INK_DARK, INK_LIGHT, SeriesStyle, finished, plain, shade

HEIGHT = 420
NAMED = 12
"""Up to so many classes stand beside their points; of more, the one under the mouse is told."""
MANY = 60
"""Beyond so many classes points are small and their intervals faint."""
LONGEST = 24
SIDES, CLOSE = ("top right", "bottom right", "top left", "bottom left"), (0.12, 0.1)
"""Where a name may stand, the preferred first; how close two points are whose names would meet, of each axis."""
HOVER = (
    "%{customdata[1]}: mean %{x:.3g} [%{customdata[4]:.3g}, %{customdata[5]:.3g}]<br>%{customdata[3]:,} of "
    "%{customdata[2]:,} missed: %{y:.3g} % [%{customdata[6]:.3g}, %{customdata[7]:.3g}]<extra></extra>"
)


def class_scatter(
    classes: ClassMeans, names: Sequence[str], keys: Sequence[str], style: SeriesStyle, title: str, subtitle: str, *,
    score: str, model: str, opened: str = "", dark: bool,
) -> Figure:  # fmt: skip
    """A point a class: mean score against the share of it that a model misses, both with their intervals.

    names, keys: (k,) of the classes; a key is the first of its point's `customdata`. opened: the key that is.
    """
    ink = (INK_DARK if dark else INK_LIGHT)[0]
    x, y = classes.mean, 100 * classes.rate
    many = len(names) > MANY
    figure = Figure()
    texts = [plain(name, LONGEST) for name in names]
    spans = (classes.low, classes.high, 100 * classes.rate_low, 100 * classes.rate_high)
    told = np.empty((len(names), 4 + len(spans)), object)
    for column, values in enumerate((keys, texts, classes.n, classes.wrong, *spans)):
        told[:, column] = list(values)
    named = len(names) <= NAMED
    kept = {"marker": {"opacity": 1}}
    figure.add_scatter(
        x=x, y=y, mode="markers+text" if named else "markers", text=texts if named else None,
        textposition=_beside(x, y) if named else "top right", textfont={"size": 11.5}, customdata=told,
        hovertemplate=HOVER, showlegend=False,
        selected=kept, unselected=kept, cliponaxis=False,
        marker={
            "color": style.colour, "symbol": style.symbol, "size": 5 if many else 9,
            "line": {"color": ink, "width": [2.0 if key == opened else 0.0 for key in keys]},
        },
    )  # fmt: skip
    reach = np.concatenate([x, classes.low, classes.high])
    pad = 0.03 * float(np.nanmax(reach) - np.nanmin(reach))
    # Two shapes: a thousand error bars, or lines with gaps, take a browser twice as long as the rest of the figure.
    faint = {"color": shade(style.colour, 0.25 if many else 0.55), "width": 1 if many else 1.4}
    across = _path(classes.low, y, classes.high, y)
    up = _path(x, 100 * classes.rate_low, x, 100 * classes.rate_high)
    figure.update_layout(height=HEIGHT, shapes=[
        {"type": "path", "path": path, "layer": "below", "line": faint} for path in (across, up) if path
    ])  # fmt: skip
    figure.update_xaxes(title=f"mean {score} of the class", range=[np.nanmin(reach) - pad, np.nanmax(reach) + pad])
    highest = min(103.0, 105 * float(classes.rate_high.max()))
    figure.update_yaxes(title=f"share that {model} misses", ticksuffix=" %", range=[0, highest])
    return finished(figure, title, subtitle, dark=dark)


def _path(x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> str:
    """k stretches as one path, those without an end left out."""
    ends = np.stack([x, y, to_x, to_y], axis=1)
    return "".join(f"M{a:.6g},{b:.6g}L{c:.6g},{d:.6g}" for a, b, c, d in ends[np.isfinite(ends).all(axis=1)].tolist())


def _beside(x: Floats, y: Floats) -> list[str]:
    """On which side of its point each name stands: away from a point to its right, and not where another name is."""
    left, top = (values / (np.ptp(values) or 1.0) for values in (x, y))
    sides: list[str] = []
    for i in range(len(x)):
        close = (abs(left - left[i]) < CLOSE[0]) & (abs(top - top[i]) < CLOSE[1]) & (np.arange(len(x)) != i)
        taken = {sides[other] for other in np.flatnonzero(close[:i])}
        order = SIDES[2:] + SIDES[:2] if (left[close] >= left[i]).any() else SIDES
        sides.append(next((side for side in order if side not in taken), order[0]))
    return sides
