"""The images that somebody drew around on a figure, as a gallery under it."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.answers.view.ranking import Selection, chosen_in_view
from core.answers.view.subsets import subset_words
from core.wording import count
from pages.components.figures.drawing import SELECTION, read_drawn
from pages.components.layout import address
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.layout.loading import answer, large_answer
from pages.components.widgets.gallery import gallery


def chosen_images(view: View, selection: Selection, invitation: str) -> None:
    """The drawn images that are in view, most typical of the region first; without any, how to choose some."""
    only = read_drawn(view.reader)
    if not only:
        lines([invitation])
        return
    ids = large_answer(chosen_in_view, view.reader, only, selection)
    words = answer(subset_words, view.reader, only)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chosen"):
        text = f"{words} · {count(len(ids))} images in view"
        st.html(f'<h2 class="hardlook-section">Chosen <small>{escape(text)}</small></h2>', width="content")
        st.button(
            "Clear", key="clear_drawn", type="tertiary", icon=":material/close:", help="Choose none.",
            on_click=address.write, args=({SELECTION: ""},),
        )  # fmt: skip
    # The light table shows one subset at a time, so there is no link from inside another.
    gallery(view, ids, "", only="" if selection.only or selection.label is not None else only)
