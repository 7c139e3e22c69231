"""Whose name stands beside a tag or a saved selection in the journal."""

from __future__ import annotations

import streamlit as st

NAME = "reviewer_name"  # session state: kept while the browser's tab is open


def reviewer(key: str) -> str:
    """The signed-in user, or a field for a name; what is typed once is there on every page. key: the field's own."""
    if st.user.get("is_logged_in"):
        return str(st.user.get("email") or st.user.get("name") or "")
    st.session_state[key] = st.session_state.get(NAME, "")

    def keep() -> None:
        st.session_state[NAME] = st.session_state[key]

    return st.text_input("your name", key=key, on_change=keep, help="It stands in the journal beside what you do.")
