"""The house style of every figure: one palette, one title form, both themes. No Streamlit, no maths.

Plotly reads some HTML in texts, links included: names that come from a data set pass `plain`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from .palette import MARKS, colours

BLUE, SKY, VERMILION, AMBER, GREEN, GREY = (
    "#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#8C8C8C",
)  # fmt: skip
"""Okabe & Ito's palette: blue easy or low, vermilion hard or high, amber suspect, green confirmed, grey not known."""

MEANINGS_LIGHT = {"easy": BLUE, "hard": VERMILION, "suspect": "#B37A00", "good": "#008562", "unknown": GREY}
MEANINGS_DARK = {"easy": SKY, "hard": VERMILION, "suspect": AMBER, "good": "#1FBF93", "unknown": GREY}
"""The palette's meanings for marks of a few pixels, in the shade of each hue that is seen on its ground."""

OF_SPLITS = (0, 3, 9, 5, 6)
"""Which of the ten colours splits have, as they lie on each other in a bar: those whose hues mean nothing else."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SOLID = 5  # series that are told apart by colour and mark; the next five by their dash too

INK_LIGHT, INK_DARK = ("#1C1C1A", "#5F5F5B", "#DEDEDA"), ("#E6E6E2", "#A3A39E", "#3A3A37")
"""Text, quiet text and lines in both themes, as .streamlit/config.toml has them."""

AXIS = re.compile(r"[xy]axis\d*")
"""How Plotly names axes in a layout."""

GROUND_LIGHT, GROUND_DARK = "#FAFAF9", "#161615"
"""What figures lie on; a saved picture has it too, so that its texts can be read anywhere."""


@dataclass(frozen=True)
class SeriesStyle:
    """How one scorer or model is drawn wherever it is a line or a bar. dash, symbol: Plotly's names."""

    colour: str
    dash: str = "solid"
    symbol: str = "circle"


def series_styles(everyone: Sequence[str], *, dark: bool) -> dict[str, SeriesStyle]:
    """A style for each scorer (or each model) of an audit, the same on all pages.

    everyone: all of their addresses or run ids, oldest first, so that a new run changes nobody's look. Ten have a
    colour and a mark each; where there are more, the dash, and then another mark, tell two of one colour apart.
    """
    hues, n = colours(dark=dark), len(MARKS)
    return {
        name: SeriesStyle(
            hues[i % n], DASHES[i // SOLID % len(DASHES)], MARKS[(i + i // (SOLID * len(DASHES))) % n]
        )
        for i, name in enumerate(everyone)
    }  # fmt: skip


def meanings(*, dark: bool) -> dict[str, str]:
    """Colours of what is easy, hard, suspect, good or unknown, for marks on a ground."""
    return MEANINGS_DARK if dark else MEANINGS_LIGHT


def shade(colour: str, opacity: float) -> str:
    """A colour of the palette as Plotly's rgba, for bands. opacity: 0..1."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def plain(text: str, longest: int = 40) -> str:
    """A user's text for a figure: nothing in it is read as markup, and it is at most `longest` characters.

    Of a longer one the middle is left out, because names of a data set often differ at their ends alone.
    """
    if len(text) > longest:
        head = longest // 2
        text = f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"
    return html.escape(text, quote=False)


def finished(figure: Figure, title: str, subtitle: str, *, dark: bool) -> Figure:
    """The house style: a title that says what is shown, a subtitle that says what follows, no decoration.

    All of it in one step, and without Plotly's own template: step by step it takes longer than all else in a figure,
    for Plotly looks every property up by its name again.
    """
    ink, quiet, line = INK_DARK if dark else INK_LIGHT
    ground = GROUND_DARK if dark else GROUND_LIGHT
    house: dict[str, Any] = {
        "title": {
            "text": title, "font": {"size": 14, "color": ink, "weight": 600}, "x": 0, "xref": "container",
            "xanchor": "left", "y": 0.98, "yanchor": "top",
            "subtitle": {"text": subtitle, "font": {"size": 12.5, "color": quiet}},
        },
        "font": {"family": "'Source Sans', sans-serif", "size": 12.5, "color": ink},
        "paper_bgcolor": ground, "plot_bgcolor": ground, "dragmode": False, "hovermode": "closest",
        "hoverlabel": {"align": "left"}, "autotypenumbers": "strict",
        # Right of the plot there is room for half of the label of its last tick: Plotly leaves out one that is cut.
        "margin": {"l": 0, "r": 20, "t": 58, "b": 0},
        "legend": {
            "orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right", "traceorder": "normal",
        },
    }  # fmt: skip
    layout = figure.layout.to_plotly_json()
    layout["template"] = {}  # an empty one: for none Plotly puts in its own, six times as long as such a figure
    axis = {"automargin": True, "zeroline": False, "fixedrange": True, "gridcolor": line, "ticklabelstandoff": 6}
    for name in {"xaxis", "yaxis", *(key for key in layout if AXIS.fullmatch(key))}:
        # Plotly does not count the labels' own standoff: with less the title of a y axis lies over them.
        words = {"font": {"color": quiet, "size": 12.5}, "standoff": 6 if name.startswith("x") else 20}
        house[name] = {**axis, "title": words}
    figure.layout = laid_over(layout, house)
    return figure


def laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Both of two layouts; where they disagree, the second."""
    both = {**under, **over}
    for name in under.keys() & over.keys():
        if isinstance(under[name], dict) and isinstance(over[name], dict):
            both[name] = laid_over(under[name], over[name])
    return both


def legend_below(figure: Figure, names: int) -> Figure:
    """Put the legend under a finished figure, with room for so many names: beside the title it would cover it."""
    figure.update_layout(
        legend={"yref": "container", "y": 0.0, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        margin_b=58 + 20 * -(-names // 2), height=figure.layout.height + 20 * -(-names // 2),
    )  # fmt: skip
    return figure
