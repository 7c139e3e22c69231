"""A button that puts a tag on the images shown, or takes it off."""

from __future__ import annotations

import streamlit as st

from core.answers.view.reader import Reader
from core.answers.view.saved import MOST_TAGGED, tag_images
from core.errors import HardlookError
from core.types import Ints
from core.wording import count
from pages.components.layout.empty import say_outcome
from pages.components.review.reviewer import reviewer

SAID = "tag_said"  # session state: what became of the last tagging
TAGGED = "tagged"  # session state: the header does not know of it yet


def tag_button(reader: Reader, ids: Ints, *, key: str) -> None:
    """Tag these images. ids: (m,) int. Nothing is drawn for none, or for more than one step tags."""
    if st.session_state.pop(TAGGED, False):
        st.rerun()  # the whole page: this may be a fragment, and the header's filter offers tags
    if not 0 < len(ids) <= MOST_TAGGED:
        return
    with st.popover(f"Tag these {count(len(ids))} images", key=f"tag_{key}", type="tertiary"):
        name = st.text_input("tag", key=f"tag_name_{key}", placeholder="such as: check again")
        who = reviewer(f"tag_reviewer_{key}")
        ready = bool(name.strip() and who.strip())
        with st.container(horizontal=True, key=f"tag_buttons_{key}"):
            st.button(
                f"Tag {count(len(ids))}", key=f"tag_on_{key}", disabled=not ready, on_click=_write,
                args=(reader, ids, name, who, False),
            )  # fmt: skip
            st.button(
                "Take the tag off", key=f"tag_off_{key}", disabled=not ready, on_click=_write, type="tertiary",
                args=(reader, ids, name, who, True),
            )  # fmt: skip
        say_outcome(SAID)


def _write(reader: Reader, ids: Ints, name: str, who: str, off: bool) -> None:
    try:
        n = tag_images(reader, ids, name, who, off=off)
        st.session_state[TAGGED] = True
        st.session_state[SAID] = f"{count(n)} images {'without' if off else 'with'} the tag {name.strip()!r} now."
    except HardlookError as error:
        st.session_state[SAID] = error
