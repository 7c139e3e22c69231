"""Finding images by words, by a picture of one's own or by key; and the wait while the worker searches."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.answers.image.detail import find_image, key_of
from core.answers.view.reader import Reader
from core.answers.view.searches import (
    imported_texts,
    kept_result,
    search_of,
    start_search,
    text_run,
    why_not_by_words,
)
from core.answers.view.similar import embedding_run
from core.answers.view.uploads import MOST_BYTES, keep_upload
from core.errors import HardlookError
from pages.components.layout import address
from pages.components.layout.layout import heading, lines
from pages.components.layout.waiting import wait_for

KINDS = ["avif", "bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"]


def search_box(reader: Reader, *, key: str = "search") -> None:
    """A button that opens the ways to search. What is found is a subset in the address, so any page shows it."""
    with st.popover("Search", icon=":material/search:", key=key, help="Find images by words, by a picture or by key."):
        _by_words(reader, key)
        _by_picture(reader, key)
        _by_key(reader, key)


def await_search(reader: Reader) -> None:
    """Stop the page here while the address asks for a search whose result is not kept yet, and say how far it is."""
    search = address.read_as("only", partial(search_of, reader), None)
    if search is None or kept_result(reader, search) is not None:
        return
    heading("Searching", "the page comes by itself when it is done")
    wait_for(start_search(reader, search), key="wait_for_search")
    st.button("Show all images instead", key="search_cancel", on_click=address.write, args=({"only": ""},))
    st.stop()


def _by_words(reader: Reader, key: str) -> None:
    run, asked = text_run(reader), f"{key}_words"

    def search() -> None:
        if words := st.session_state[asked].strip():
            address.write({"only": f"text:{words}"})

    imported = imported_texts(reader)
    why, embed = why_not_by_words(reader)
    example = " or ".join(imported[:2]) if imported else "a red shoe"
    st.text_input(
        "By words", key=asked, on_change=search, disabled=run is None, max_chars=200,
        placeholder=example if run else f"{why}.",
        help="Images whose vectors are nearest to the vector of these words. It needs an encoder that reads text: "
             f"{embed}",
    )  # fmt: skip


def _by_picture(reader: Reader, key: str) -> None:
    sent = f"{key}_picture"

    def search() -> None:
        file = st.session_state[sent]
        if file is None:
            return
        try:
            address.write({"only": f"upload:{keep_upload(reader.hub.audit, file.getvalue())}"})
        except HardlookError as error:
            st.session_state[f"{sent}_refused"] = str(error)

    st.file_uploader(
        "By a picture", type=KINDS, key=sent, on_change=search, max_upload_size=MOST_BYTES >> 20,
        disabled=embedding_run(reader) is None,
        help="Images most similar to a picture of yours. It stays on this machine, in the audit's cache.",
    )  # fmt: skip
    if refused := st.session_state.pop(f"{sent}_refused", ""):
        lines([refused], "caution")


def _by_key(reader: Reader, key: str) -> None:
    asked = f"{key}_key"

    def find() -> None:
        text = st.session_state[asked].strip()
        found = text if find_image(reader, text) is not None else key_of(reader, text)
        if found:
            address.write({"image": found}, same_view=True)
        elif text:
            st.session_state[f"{asked}_refused"] = f"This audit has no image {text!r}."

    st.text_input("By key or number", key=asked, on_change=find, help="Opens the image of that key or number.")
    if refused := st.session_state.pop(f"{asked}_refused", ""):
        lines([refused], "caution")
