"""Logging in, where the server is configured for it (docs/dashboard.md); nothing where it is not."""

from __future__ import annotations

import os

import streamlit as st

from core.errors import BadInput
from pages.components.layout.layout import lines


def require_login() -> None:
    """Stop the page here unless its viewer is logged in, or nobody has to be.

    Thumbnails, pictures and figures reach the browser only as the output of a page, so this is in front of all of them.
    """
    if not _configured() or st.user.get("is_logged_in"):
        return
    lines(["Log in to see the audits of this server."])
    st.button("Log in", key="log_in", on_click=st.login)
    st.stop()


def _configured() -> bool:
    """Whether there is an [auth] section. Raises BadInput on a file that cannot be read: it may well hold one."""
    if st.secrets.load_if_toml_exists():
        return "auth" in st.secrets
    if broken := [file for file in st.get_option("secrets.files") if os.path.exists(file)]:
        raise BadInput(f"{broken[0]} cannot be read, so nobody is let in.", "Mend it; the dashboard's log says more.")
    return False
