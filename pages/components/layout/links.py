"""Ways from one page to another that carry the view along; a callback may only remember where to go."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.components.layout import address
from pages.components.layout.listing import BY_NAME, PAGES

OPEN = "open"  # session state: where a callback asked to go


@dataclass(frozen=True)
class Way:
    """A page by its name, and what changes in the address on the way there."""

    place: str
    changes: dict[str, str]


def remember(place: str, **changes: str) -> None:
    """From a callback: go to that page at the end of this run."""
    st.session_state[OPEN] = Way(place, changes)


def go() -> None:
    """The last line of a page: go where a callback asked to."""
    if OPEN in st.session_state:
        way: Way = st.session_state.pop(OPEN)
        open_page(way.place, **way.changes)


def open_page(place: str, **changes: str) -> None:
    """Go to that page now."""
    st.switch_page(BY_NAME[place].path, query_params=address.shared(**changes))


def page_of(title: str) -> str:
    """The page of that title; the light table where there is none now."""
    return next((page.path for page in PAGES if page.title == title), BY_NAME["hardest"].path)


def link(place: str, label: str, **changes: str) -> None:
    """A link to a page."""
    st.page_link(BY_NAME[place].path, label=label, query_params=address.shared(**changes))
