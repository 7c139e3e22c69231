"""What the flags are worth: precision at each cut with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from ..types import Floats, Ints
from .style import AMBER, BLUE, finished, plain

HEIGHT = 280


def precision_by_cut(
    cuts: Sequence[float], share: Floats, low: Floats, high: Floats, sampled: Ints, noise: float, score: str, *,
    dark: bool,
) -> Figure:  # fmt: skip
    """cuts: shares of the images, the most suspect first. share, low, high: (n_cuts,) precision, 0..1, NaN for none.

    sampled: (n_cuts,) random reviews behind each. noise: share of wrong labels of the whole set, NaN for none.
    """
    known = np.isfinite(share)
    names = [f"{100 * cut:g} %" for cut in cuts]
    figure = Figure()
    figure.add_scatter(
        x=[name for name, one in zip(names, known, strict=True) if one], y=100 * share[known], mode="markers",
        error_y={"type": "data", "symmetric": False, "array": 100 * (high - share)[known],
                 "arrayminus": 100 * (share - low)[known], "thickness": 1.5, "width": 5},
        marker={"color": AMBER, "size": 9}, customdata=sampled[known], name="precision, 95 % interval",
        hovertemplate="most suspect %{x}: %{y:.0f} % wrong, from %{customdata:,} random reviews<extra></extra>",
    )  # fmt: skip
    if np.isfinite(noise):
        figure.add_scatter(
            x=names, y=[100 * noise] * len(names), mode="lines", line={"color": BLUE, "dash": "dash", "width": 1.5},
            name="all labels", hoverinfo="skip",
        )  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", xanchor="right", y=100 * noise, yanchor="bottom", text="all labels", showarrow=False
        )
    figure.update_layout(
        xaxis={"title": f"most suspect share by {plain(score)}", "type": "category", "categoryorder": "array",
               "categoryarray": names},
        yaxis={"title": "wrong labels, %", "rangemode": "tozero"}, height=HEIGHT,
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    return finished(
        figure, "Precision at each threshold, from the random sample", in_words(cuts, share, noise), dark=dark
    )


def in_words(cuts: Sequence[float], share: Floats, noise: float) -> str:
    """What follows from it."""
    if not np.isfinite(share).any():
        return "nothing of the sample has been reviewed yet"
    at = int(np.flatnonzero(np.isfinite(share))[0])
    of_all = f"{100 * noise:.1f} %" if np.isfinite(noise) else "not known yet"
    return f"{100 * share[at]:.0f} % of the most suspect {100 * cuts[at]:g} % are wrong, of all labels {of_all}"
