"""What goes wrong in a page, said in words: one place for the whole of a page and for its parts that run alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import streamlit as st

from core.errors import HardlookError, RunUnreadable
from pages.components.layout.empty import say_error

P = ParamSpec("P")


def explain(error: Exception) -> bool:
    """Whether an error was said in words: one a user can mend, or that follows from a damaged file."""
    if not isinstance(error, HardlookError):
        from core.answers.runs.damage import damage_in
        from pages.components.layout.chosen_audit import chosen_audit

        damaged = damage_in(chosen_audit())
        if damaged is None:
            return False
        error = damaged
    say_error(error)
    return True


def run_explained(part: Callable[P, None], *arguments: P.args, **more: P.kwargs) -> None:
    """Run a page or a part of one. Of a damaged run it is drawn again without, which the page names."""
    try:
        part(*arguments, **more)
    except RunUnreadable:
        st.rerun()
    except Exception as error:
        if not explain(error):
            raise


def explained(part: Callable[P, None]) -> Callable[P, None]:
    """Of a part that Streamlit runs alone, a fragment or a dialog: an error that leaves one never reaches the page."""

    @wraps(part)
    def said(*arguments: P.args, **more: P.kwargs) -> None:
        run_explained(part, *arguments, **more)

    return said


def fragment(part: Callable[P, None], **options: Any) -> Callable[P, None]:
    """`st.fragment`, whose errors are said in it."""
    alone: Callable[P, None] = st.fragment(**options)(explained(part))
    return alone
