"""Ways from one page to another that carry the view along; a callback may only remember where to go."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.components.layout import address

OPEN = "open"  # session state: where a callback asked to go
PLACES = {
    "hardest": "pages/hardest_easiest.py",
    "difficulty": "pages/error_by_difficulty.py",
    "calibration": "pages/calibration.py",
    "suspects": "pages/label_suspects.py",
    "compare": "pages/compare_scorers.py",
    "map": "pages/embedding_map.py",
    "runs": "pages/runs.py",
}
"""Pages by the name that answers call them."""

BY_TITLE = {
    "Overview": "pages/overview.py", "Hardest & easiest": "pages/hardest_easiest.py",
    "Error against difficulty": "pages/error_by_difficulty.py", "Calibration": "pages/calibration.py",
    "Compare scorers": "pages/compare_scorers.py", "Map": "pages/embedding_map.py",
    "Label suspects": "pages/label_suspects.py", "Runs": "pages/runs.py",
}  # fmt: skip
"""Pages by their titles, which is what a saved selection remembers of where it was saved."""


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
        st.switch_page(PLACES[way.place], query_params=address.shared(**way.changes))


def page_of(title: str) -> str:
    """The page of that title; the light table where there is none now."""
    return BY_TITLE.get(title, PLACES["hardest"])


def link(place: str, label: str, **changes: str) -> None:
    """A link to a page."""
    st.page_link(PLACES[place], label=label, query_params=address.shared(**changes))
