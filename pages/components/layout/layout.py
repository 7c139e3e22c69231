"""What every page stands in: navigation, style, headings, plain paragraphs and facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.wording import provenance_in_words
from pages.components.layout import address

if TYPE_CHECKING:
    from core.types import Sources  # it loads NumPy, and the server waits for this file

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


def say_provenance(sources: Sources) -> None:
    """Below figures: which of them were counted, estimated or assumed, and by what."""
    if sources:
        st.html(f'<p class="hardlook-provenance">{escape(provenance_in_words(sources))}</p>')


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Names with their texts, in two columns that align."""
    body = "".join(f"<dt>{escape(name)}</dt><dd><bdi>{escape(text)}</bdi></dd>" for name, text in pairs)
    st.html(f'<dl class="hardlook-facts">{body}</dl>')
