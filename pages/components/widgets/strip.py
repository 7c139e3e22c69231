"""A few pictures in a row, each the way to somewhere: what people would rather look at than read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from pages.components.widgets.payload import payload
from pages.components.widgets.script import script

_component = st.components.v2.component(
    "hardlook_strip",
    html='<div class="strip"></div>',
    css=script("widgets/names.css", "widgets/strip.css"),
    js=script("widgets/elements.js", "widgets/names.js", "widgets/strip.js"),
)


@dataclass(frozen=True)
class StripImage:
    """One picture. source: a data-URI or "". first, second: its two lines of text; arrow: a name behind an arrow in
    amber, "" for none. link: what `on_open` is given."""

    source: str
    width: int
    height: int
    first: str
    arrow: str
    second: str
    link: str


def strip(pictures: Sequence[StripImage], *, key: str, on_open: Callable[[str], None]) -> None:
    """Draw the pictures side by side, as many as fit in one line each as wide as the others."""

    def opened() -> None:
        link = st.session_state[key]["open"]
        if link:
            on_open(str(link))

    _component(key=key, data=payload(pictures=[asdict(one) for one in pictures]), on_open_change=opened)
