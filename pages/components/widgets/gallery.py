"""The images behind a figure: whatever was clicked or boxed, as sheets of the light table under it."""

from __future__ import annotations

import streamlit as st

from core.types import Ints
from core.wording import count
from pages.components.figures.told import images_in_words
from pages.components.image.tagging import tag_button
from pages.components.layout import links
from pages.components.layout.explained import fragment
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.widgets.light_table import tiles_in_order

SHEET, TILE = 48, 88  # tiles, pixels


@fragment
def gallery(view: View, ids: Ints, title: str, *, only: str = "", note: str = "", key: str = "gallery") -> None:
    """Draw images in the order given, 48 a sheet; the sheet is `page` in the address, the opened image `image`.

    ids: (m,) int. only: the same images as an address carries them, for a link to the light table; "" for no link.
    """
    if view.score is None or not len(ids):
        lines(["No image is in it." if not len(ids) else "There is no score yet to show under the images."])
        return
    tiles_in_order(
        view,
        view.score,
        ids,
        title=title,
        note=note,
        signature=str(hash(ids.tobytes())),
        size=SHEET,
        tile=TILE,
        key=key,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"ways_{key}"):
        if only:
            links.link("suspects", f"Review these {count(len(ids))} images", only=only, mode="one", **{"class": ""})
            label = f"Open these {count(len(ids))} images on the light table"
            links.link("hardest", label, only=only, **{"class": "", "by": ""})
        tag_button(view.reader, ids, key=key)
    images_in_words(view.reader, ids, view.selection, key=key)
