"""The wait for work in the background: what it does and how far it is, and the page again when it is done."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from core.answers.view.searches import BackgroundJob
from pages.components.layout.explained import fragment

EVERY = 0.4  # seconds between two looks


def wait_for(job: BackgroundJob[Any], *, key: str) -> None:
    """Say what the job does until it is done; meanwhile only this part of the page is run again.

    What it gave is for the page to look up; an error is shown in its place.
    """

    @partial(fragment, run_every=EVERY, key=key)
    def look() -> None:
        if not job.done:
            st.progress(job.share or 0.0, text=f"{job.doing} …")
            return
        job.result()
        st.rerun()

    look()
