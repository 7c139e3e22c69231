"""The URL is where a view is kept: nothing else remembers what was chosen, so reload, Back and a shared link agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

# What all pages have in common, and links between pages carry along.
SHARED = ("audit", "score", "model", "split", "class", "by", "where", "only", "picture")

# What is dropped when any choice changes: the tenth page of another order means nothing.
OF_ONE_VIEW = ("page", "image", "opened", "at")

T = TypeVar("T")


def read(name: str) -> str:
    """A part of the address, "" if it is not there."""
    return st.query_params.get(name, "")


def read_number(name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number of the address, forced into its range; the default where it is no number."""
    text = read(name)
    return min(max(int(text), lowest), highest) if text.isdecimal() and len(text) < 10 else default


def shared(**changes: str) -> dict[str, str]:
    """The shared part of the address for a link to another page, with changes."""
    kept = {name: value for name in SHARED if (value := read(name))}
    return {name: value for name, value in {**kept, **changes}.items() if value}


def write(changes: dict[str, str], *, same_view: bool = False) -> None:
    """Change parts of the address in one step ("" removes one), so that Back undoes them in one step.

    same_view: keep page and image, because the images and their order stay.
    """
    dropped = () if same_view else OF_ONE_VIEW
    kept = {name: value for name, value in st.query_params.to_dict().items() if name not in dropped}
    changed = {name: value for name, value in {**kept, **changes}.items() if value}
    if changed != st.query_params.to_dict():
        st.query_params.from_dict(changed)


def choose(
    label: str,
    options: Sequence[T],
    current: T,
    encode: Callable[[T], dict[str, str]],
    *,
    key: str,
    text: Callable[[T], str] = str,
    width: int,
) -> None:
    """A select box that shows `current` and writes what is chosen to the address.

    label: for screen readers; what is drawn is `text`. encode: the parts of the address that stand for an
    option; the page reads them back itself on the next run.
    """
    widget = f"choose_{key}"
    st.session_state[widget] = current

    def store() -> None:
        write(encode(st.session_state[widget]))

    st.selectbox(
        label, options, key=widget, format_func=text, on_change=store, width=width, label_visibility="collapsed"
    )  # fmt: skip


def choose_several(
    label: str,
    options: Sequence[T],
    current: Sequence[T],
    encode: Callable[[Sequence[T]], dict[str, str]],
    *,
    key: str,
    text: Callable[[T], str] = str,
    most: int,
    width: int,
) -> None:
    """As `choose`, for up to `most` options at once; `label` is what the empty box says."""
    widget = f"choose_{key}"
    st.session_state[widget] = list(current)

    def store() -> None:
        write(encode(st.session_state[widget]))

    st.multiselect(
        label, options, key=widget, format_func=text, on_change=store, width=width, label_visibility="collapsed",
        placeholder=label, max_selections=most, select_all=False, wrap=True,
    )  # fmt: skip
