"""Ten colours and ten marks for what has no meaning of its own: classes on the map, scorers and models in a figure.

Made for each ground by itself, as no ten colours are seen on both: every one has a contrast of 3 : 1 on its ground at
the opacity it is drawn with, and any two, also of those seen with one kind of cone missing, lie at least three just
noticeable differences apart (OKLab, Ottosson 2020; Machado, Oliveira & Fernandes 2009). The tests compute both.
"""

from __future__ import annotations

COLOURS_LIGHT = (
    "#0072B2", "#D55E00", "#379755", "#A51B72", "#925C29", "#048AE9", "#525400", "#6C2006", "#51119A", "#231F29",
)  # fmt: skip
COLOURS_DARK = (
    "#2077F5", "#D55E00", "#3AE0BF", "#BF4FB5", "#C19F1E", "#56B4E9", "#EDD642", "#FC977A", "#8F8BFF", "#E0F1EA",
)  # fmt: skip
"""Blue, vermilion, green, purple and amber as Okabe & Ito's palette has them or near it, then five more."""

MARKS = (
    "circle", "square", "diamond", "cross", "triangle-up", "x", "triangle-down", "star", "bowtie", "star-diamond",
)  # fmt: skip
"""Plotly's names, all of them filled, so that their colour is seen at six pixels."""

OPACITY = 0.9
"""Of marks in these colours; with less, two that lie on each other are mistaken for a third."""


def colours(*, dark: bool) -> tuple[str, ...]:
    """The ten for a ground."""
    return COLOURS_DARK if dark else COLOURS_LIGHT
