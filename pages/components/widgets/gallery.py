"""The images behind a figure: whatever was clicked or boxed, as sheets of the light table under it."""

from __future__ import annotations

import streamlit as st

from core.answers.image.tiles import tiles
from core.answers.view.ranking import Scored
from core.types import Ints
from core.wording import count
from pages.components.image.dialog import show_image
from pages.components.image.tagging import tag_button
from pages.components.layout import address, links
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.layout.loading import load_scored
from pages.components.widgets.grid import Band, Group, Sheet, grid

SHEET, TILE = 48, 88  # tiles, pixels


@st.fragment
def gallery(view: View, ids: Ints, title: str, *, only: str = "", note: str = "", key: str = "gallery") -> None:
    """Draw images in the order given, 48 a sheet; the sheet is `page` in the address, the opened image `image`.

    ids: (m,) int. only: the same images as an address carries them, for a link to the light table; "" for no link.
    """
    if view.score is None or not len(ids):
        lines(["No image is in it." if not len(ids) else "There is no score yet to show under the images."])
        return
    score, scored = view.score, load_scored(view.reader, view.score.address)
    pages = -(-len(ids) // SHEET)

    def make_sheet(page: int) -> Sheet:
        part = ids[(page - 1) * SHEET : page * SHEET]
        text = f"{count((page - 1) * SHEET + 1)}–{count((page - 1) * SHEET + len(part))} of {count(len(ids))}"
        return Sheet(text, [Band("", "", [_group(view, scored, score.address, part, title, note)])])

    grid(
        make_sheet, page=address.read_number("page", 1, 1, pages), pages=pages, tile=TILE, key=key,
        signature=repr((view.reader.key, score.address, view.model_id, title, hash(ids.tobytes()))),
        on_turn=lambda page: address.write({"page": str(page) if page > 1 else ""}, same_view=True),
        on_open=lambda image: address.write({"image": image}, same_view=True),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"ways_{key}"):
        if only:
            links.link("suspects", f"Review these {count(len(ids))} images", only=only, mode="one", **{"class": ""})
            label = f"Open these {count(len(ids))} images on the light table"
            links.link("hardest", label, only=only, **{"class": "", "by": ""})
        tag_button(view.reader, ids, key=key)
    if image := address.read("image"):
        show_image(view, image)


def _group(view: View, scored: Scored, score: str, ids: Ints, title: str, note: str) -> Group:
    return Group(title, "", note, tiles(view.reader, scored, score, ids, view.model_id))
