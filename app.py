"""The dashboard: `streamlit run app.py`, or `hardlook dashboard`.

Streamlit executes this file as the server's own module, where it finds `app`, and again as the script of every run.
It puts this file's folder on the path, so `core` and `pages` are found in a checkout and in an installed wheel.
"""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from pages.components.layout import address
from pages.components.layout.explained import explain, run_explained
from pages.components.layout.host_guard import Doorway, names_from_environment
from pages.components.layout.layout import lines, links, set_style
from pages.components.layout.listing import PAGES, address_of
from pages.components.layout.login import require_login
from pages.components.layout.preload import warming_up


def main() -> None:
    """One run of the script: the frame, and the page that the address names."""
    st.set_page_config(page_title="Hardlook", layout="wide", initial_sidebar_state="expanded")
    pages = [
        st.Page(page.path, title=page.title, url_path=address_of(page) or None, default=not address_of(page))
        for page in PAGES
    ]
    page = st.navigation(pages, position="hidden")
    set_style()
    require_login()
    address.settle()
    links(pages)
    left_out = st.container(key="left_out_of_the_address")
    try:
        run_explained(page.run)
    finally:
        if sentences := address.refused():
            with left_out:
                lines(sentences, "caution")


if st.runtime.exists():
    main()
else:
    # `st.navigation` says this too, but only from the first run on; until then Streamlit takes the pages folder for
    # its own and answers a link to /hardest with "page not found".
    PagesManager.uses_pages_directory = False
    doorway = Middleware(Doorway, names=names_from_environment())
    app = st.App(__file__, on_script_error=explain, middleware=[doorway], lifespan=warming_up)
