"""The dashboard's navigation: `streamlit run app.py`, or `hardlook dashboard`.

Streamlit puts this file's folder on the path, so `core` and `pages` are found in a checkout and in an installed wheel.
"""

from __future__ import annotations

import streamlit as st

from core.errors import HardlookError
from pages.components.frame import navigate, say_error, set_style

st.set_page_config(page_title="Hardlook", layout="wide", initial_sidebar_state="expanded")
set_style()
page = navigate(
    [
        st.Page("pages/overview.py", title="Overview", default=True),
        st.Page("pages/hardest_easiest.py", title="Hardest & easiest", url_path="hardest"),
    ]
)
try:
    page.run()
except HardlookError as error:
    say_error(error)
