"""Logging in, where the server is configured for it (docs/dashboard.md); nothing where it is not."""

from __future__ import annotations

import streamlit as st

from pages.components.frame import lines


def require_login() -> None:
    """Stop the page here unless its viewer is logged in, or nobody has to be.

    Thumbnails, pictures and figures reach the browser only as the output of a page, so this is in front of all of them.
    """
    # Streamlit gives a user this attribute only where an [auth] section configures a provider.
    if "is_logged_in" not in st.user or st.user.is_logged_in:
        return
    lines(["Log in to see the audits of this server."])
    st.button("Log in", key="log_in", on_click=st.login)
    st.stop()
