"""The libraries that every page uses, loaded while the browser is still loading Streamlit's own scripts."""

from __future__ import annotations

from importlib import import_module

USED_BY_EVERY_PAGE = ("pages.components.header", "pages.components.table", "core.plots.balance")


def warm_up() -> None:
    """Import them. Nothing is read yet: memory that this thread took would not serve the others."""
    for name in USED_BY_EVERY_PAGE:
        import_module(name)
