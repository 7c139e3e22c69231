"""The libraries that every page uses, loaded while the browser is still loading Streamlit's own scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from threading import Thread

import streamlit as st

USED_FIRST = (
    "pages.components.header", "pages.components.classes", "pages.components.strip", "pages.components.download",
    "core.answers.findings", "core.answers.glimpses", "core.answers.history", "core.plots.balance",
)  # fmt: skip
"""By every page, and by the one that opens."""


@asynccontextmanager
async def warming_up(_app: st.App) -> AsyncIterator[None]:
    """Begin as the server does: sooner, and it would wait for them."""
    Thread(target=warm_up, name="warm up", daemon=True).start()
    yield


def warm_up() -> None:
    """Import them. Nothing is read yet: memory that this thread took would not serve the others."""
    for name in USED_FIRST:
        import_module(name)
