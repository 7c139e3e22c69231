"""A figure on which images are chosen by drawing: a box or a lasso, read as its geometry, kept in the address."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import streamlit as st
from plotly.graph_objects import Figure  # type: ignore[attr-defined]  # plotly loads it on demand

from core.answers.view.reader import Reader
from core.answers.view.shapes import Shape, drawn_shape
from core.answers.view.subsets import checked_subset
from core.types import Sources
from pages.components.layout import address
from pages.components.layout.layout import say_provenance
from pages.components.layout.loading import answer
from pages.components.widgets.download import PICTURE_SCALE, file_stem

SELECTION = "drawn"  # part of the address: the subset that was drawn on a page


def read_drawn(reader: Reader) -> str:
    """The subset in the address that was drawn on a figure, "" where there is none of this audit."""
    return address.read_as(SELECTION, lambda only: answer(checked_subset, reader, only), "")


def drawable(
    figure: Figure, *, name: str, key: str, drawn: str, on_draw: Callable[[Shape], None], sources: Sources
) -> None:
    """Draw the figure with a box and a lasso over it. on_draw is given the shape, in the figure's own coordinates.

    sources: of what is drawn, said below it. drawn: the selection that the figure shows already. It is part of the
    chart's identity, so that the browser's own outline goes when the address changes and only the one from the address
    is left.
    """
    widget = f"{key}_{abs(hash(drawn))}"

    def selected() -> None:
        shape = drawn_shape(st.session_state[widget]["selection"])
        if shape is not None:
            on_draw(shape)

    title, subtitle = figure.layout.title.text or "", figure.layout.title.subtitle.text or ""
    st.plotly_chart(
        figure, key=widget, theme=None, on_select=selected, selection_mode=("box", "lasso"),
        alt=unescape(re.sub(r"<[^>]*>", " ", f"{title}: {subtitle}")),
        config={
            "displaylogo": False, "displayModeBar": True, "modeBarButtons": [["select2d", "lasso2d", "toImage"]],
            "toImageButtonOptions": {"format": "png", "filename": file_stem(name), "scale": PICTURE_SCALE},
        },
    )  # fmt: skip
    say_provenance(sources)
