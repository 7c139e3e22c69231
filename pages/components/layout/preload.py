"""The libraries that every page uses, loaded while the browser is still loading Streamlit's own scripts."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Thread

import streamlit as st

USED_FIRST = (
    "pages.components.layout.header", "pages.components.figures.classes", "pages.components.widgets.strip",
    "pages.components.widgets.download", "core.answers.overview.headlines", "core.answers.image.glimpses",
    "core.answers.runs.next_steps", "core.plots.balance",
)  # fmt: skip
"""By every page, and by the one that opens."""

TURN = 0.0001
"""Seconds after which the loading lets the server answer: with Python's own 0.005 each of the sixty files that a
browser asks for meanwhile waits for it several times. Seven starts of either, in turn: 2.86 s and 3.03 s."""


@asynccontextmanager
async def warming_up(_app: st.App) -> AsyncIterator[None]:
    """Begin as the server does: sooner, and it would wait for them."""
    Thread(target=warm_up, name="warm up", daemon=True).start()
    yield


def warm_up() -> None:
    """Import them. Nothing is read yet: memory that this thread took would not serve the others."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        for name in USED_FIRST:
            import_module(name)
    finally:
        sys.setswitchinterval(usual)
