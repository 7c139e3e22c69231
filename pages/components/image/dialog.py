"""One image at full size in a dialog: what scores, models and its neighbours say, its gradient maps, its history."""

from __future__ import annotations

import streamlit as st

from core.answers.image.detail import Detail, detail, find_image
from core.answers.view.similar import Neighbour, embedding_run, nearest_of_class, vector_of
from core.types import UNLABELLED
from pages.components.image.evidence import Strip, evidence
from pages.components.image.gradient_maps import show_maps
from pages.components.image.image_card import image_card
from pages.components.image.image_history import show_history
from pages.components.layout import address, links
from pages.components.layout.explained import explained
from pages.components.layout.header import View
from pages.components.layout.layout import facts, lines

EVIDENCE, GRADIENTS, HISTORY, FILE = "Evidence", "Gradient maps", "Review history", "File"
NEAREST = 12


def show_image(view: View, key: str) -> None:
    """Open the dialog on the image of this key; closing it takes the key out of the address."""
    st.dialog("Image", width="large", on_dismiss=_forget)(explained(_draw))(view, key)


def _forget() -> None:
    address.write({"image": ""}, same_view=True)


def _draw(view: View, first: str) -> None:
    """The image that the address names now: a neighbour that is opened in the dialog reruns the dialog alone."""
    key = address.read("image") or first
    image_id = find_image(view.reader, key)
    found = None if image_id is None else detail(view.reader, image_id, view.scores, view.score, view.model_id)
    if found is None:
        lines([f"This audit has no image {key!r}."])
        return
    left, right = st.columns([0.5, 1], gap="medium")
    with left:
        image_card(found)
        if st.button(
            "Similar images", key="similar_images", help="The images nearest to this one, most similar first."
        ):
            links.open_page("hardest", only=f"near:{found.key}", **{"class": "", "by": ""})
    with right, st.container(key="image_side"):
        names = [EVIDENCE, GRADIENTS, HISTORY, FILE]
        tabs = dict(zip(names, st.tabs(names, key="image_tab", on_change="rerun"), strict=True))
        # Only the open tab is computed: maps start the worker.
        shown = next((name for name in names if tabs[name].open), EVIDENCE)
        with tabs[shown]:
            if shown == EVIDENCE:
                chosen = view.score.address if view.score else ""
                evidence(found, _strips(view, found), chosen, on_open=_open)
            elif shown == GRADIENTS:
                show_maps(view, found)
            elif shown == HISTORY:
                show_history(view, found)
            else:
                facts(found.facts)


def _open(key: str) -> None:
    address.write({"image": key}, same_view=True)


def _strips(view: View, found: Detail) -> list[Strip]:
    """The nearest images of the given class, and of the class that the image may rather be of."""
    run = embedding_run(view.reader, view.score)
    vector = vector_of(view.reader, run.run_id, found.image_id) if run else None
    if run is None or vector is None:
        return []

    def near(label: int) -> list[Neighbour]:
        return nearest_of_class(view.reader, run.run_id, vector, label, NEAREST, but=found.image_id)

    strips = []
    if found.label != UNLABELLED:
        strips.append(Strip(found.given, f"given: its nearest images by {run.name}", False, near(found.label)))
    if found.suggestion:
        note = f"suggested by {found.suggestion.by}: its nearest"
        strips.append(Strip(found.suggestion.name, note, True, near(found.suggestion.label)))
    return strips
