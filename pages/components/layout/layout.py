"""What every page stands in: navigation, style, and how an error or an empty state is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.errors import AuditNotFound, HardlookError
from pages.components.layout import address
from pages.components.layout.chosen_audit import chosen_audit

STYLE = Path(__file__).with_name("layout.css").read_text(encoding="utf-8")


def set_style() -> None:
    """Static CSS over Streamlit's own: less padding, quieter controls."""
    st.html(f"<style>{STYLE}</style>")


def links(pages: Sequence[StreamlitPage]) -> None:
    """The way to every page, carrying along the choices that all pages share."""
    with st.sidebar:
        st.html('<div class="hardlook-name">Hardlook</div>')
        for page in pages:
            st.page_link(page, label=page.title, query_params=address.shared())


def say_error(error: HardlookError) -> None:
    """What is wrong and the next step, as plain text. Its commands name the audit that the page shows."""
    with suppress(AuditNotFound):  # then there is none to name, and this may be the error that says so
        error.name_audit(chosen_audit().name)
    say_empty(error.message, error.hint)


def say_empty(message: str, hint: str = "", would_show: str = "") -> None:
    """A state without data: what is missing, what would stand here, and the command that makes it."""
    parts = [f'<p class="hardlook-what">{escape(message)}</p>']
    if would_show:
        parts.append(f"<p>{escape(would_show)}</p>")
    st.html(f'<div class="hardlook-empty">{"".join(parts)}</div>')
    command = hint.removeprefix("Run: ")
    if command != hint:
        st.code(command, language=None)
    elif hint:
        st.html(f'<div class="hardlook-empty"><p>{escape(hint)}</p></div>')


def as_text(text: str) -> str:
    """A user's text for a label that Streamlit reads as Markdown: nothing in it is markup."""
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|~$:-])", r"\\\1", text)


def heading(text: str, note: str = "") -> None:
    """A section's heading with a quiet note beside it."""
    st.html(f'<h2 class="hardlook-section">{escape(text)} <small>{escape(note)}</small></h2>')


def lines(texts: Sequence[str], kind: str = "") -> None:
    """Plain paragraphs, one a text. kind: "" or "caution"."""
    body = "".join(f"<p>{escape(text)}</p>" for text in texts)
    st.html(f'<div class="hardlook-lines {kind}">{body}</div>')


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Names with their texts, in two columns that align."""
    body = "".join(f"<dt>{escape(name)}</dt><dd><bdi>{escape(text)}</bdi></dd>" for name, text in pairs)
    st.html(f'<dl class="hardlook-facts">{body}</dl>')
