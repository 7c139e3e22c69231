"""What somebody drew on the plane of two scores, and the images inside as a gallery under it."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.answers.scores.pair import decode_pair, encode_pair
from core.answers.view.choices import ScoreChoice
from core.answers.view.ranking import Selection, chosen_in_view
from core.answers.view.shapes import Shape
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


def opening_button(view: View, name: str, n: int, place: str, only: str, says: str) -> None:
    """A part of the plane: a button that opens its n images under the figure, and what the part is. place: its key."""
    st.button(
        f"{name} · {count(n)}", key=f"open_{place}", on_click=address.write, args=({SELECTION: only},), disabled=not n,
        width="stretch", type="primary" if read_drawn(view.reader) == only else "secondary",
    )  # fmt: skip
    lines([says])


def drawn_pair(view: View, a: ScoreChoice, b: ScoreChoice, scale: str) -> Shape | None:
    """The shape to show on the plane of two scores: the one in the address, where it was drawn on this plane."""
    kind, _, payload = read_drawn(view.reader).partition(":")
    if kind != "pair":
        return None
    first, second, on, shape = decode_pair(view.reader, payload)
    return shape if (first, second, on) == (a.address, b.address, scale) else None


def draw_pair(a: ScoreChoice, b: ScoreChoice, scale: str, shape: Shape) -> None:
    """A callback: put what was drawn in the address."""
    address.write({SELECTION: encode_pair(a.address, b.address, scale, shape)})
