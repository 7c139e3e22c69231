"""The URL is where a view is kept: nothing else remembers what was chosen, so reload, Back and a shared link agree.

Anybody can type one. `settle` takes out of it what no page could read, before a page is drawn; what a page finds it
does not have, it gives to `refuse`. Both are said on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from core.errors import BadInput, legible

CHOICE, NAME, LIST = 60, 1_000, 8_000
"""Characters of a part: of one that chooses among a page's own words or says a number, of one that names something of
the audit, and of one that describes a set of images or lists names. Servers and browsers take addresses of 16,000."""

PARTS = {
    # what all pages share
    "audit": NAME, "score": NAME, "model": NAME, "split": NAME, "class": NAME, "by": CHOICE, "where": NAME,
    "only": LIST, "picture": CHOICE,
    # of one view
    "page": CHOICE, "image": NAME, "opened": LIST, "at": CHOICE,
    # of one page
    "show": CHOICE, "images": CHOICE, "against": NAME, "scale": CHOICE, "drawn": LIST, "cut": LIST, "every": CHOICE,
    "by_rank": CHOICE, "mode": CHOICE, "of": CHOICE, "at_cut": CHOICE, "agree": CHOICE,
    "judge": NAME, "labels": CHOICE, "decile": CHOICE, "cells": CHOICE, "curves": LIST, "models": LIST,
    "classes": LIST, "group": NAME, "group_page": CHOICE, "grid": NAME, "compared": CHOICE, "bins": CHOICE,
    "rescaled": CHOICE, "figure": CHOICE, "map": NAME, "colour": NAME, "run": NAME, "each": CHOICE, "tiles": CHOICE,
    "stages": CHOICE, "vog": NAME, "with": NAME, "section": CHOICE, "before": CHOICE, "versions": CHOICE,
    "kind": CHOICE, "example": NAME, "rejects": CHOICE,
    "noise": CHOICE, "rate": CHOICE,
}  # fmt: skip
"""Every part that a page reads, and how long it may be."""

# What all pages have in common, and links between pages carry along.
SHARED = ("audit", "score", "model", "split", "class", "by", "where", "only", "picture")

# What is dropped when any choice changes: the tenth page of another order means nothing.
OF_ONE_VIEW = ("page", "image", "opened", "at")

REFUSED = "address_refused"  # session state: what this run found in the address and could not read
SHOWN = 80  # characters of a refused part that the page repeats

T = TypeVar("T")


def settle() -> None:
    """Before a page is drawn: take out of the address what is too long, no text, or means nothing."""
    st.session_state[REFUSED] = []
    for name, value in st.query_params.to_dict().items():
        if why := unreadable(name, value):
            refuse(name, why, value)


def unreadable(name: str, value: str) -> str:
    """Why no page can read this part, "" if one can."""
    if name not in PARTS:
        return "no page has such a part"
    if len(value) > PARTS[name]:
        return f"it has {len(value):,} characters, and {PARTS[name]:,} are the most"
    return "it is no text" if "\x00" in value or legible(value) != value else ""


def refuse(name: str, why: str, value: str | None = None) -> None:
    """Take a part out of the address, and say so on the page. value: as it was given, where no page reads it."""
    given = legible(read(name) if value is None else value)
    given = given if len(given) <= SHOWN else f"{given[:SHOWN]}…"
    text = f"Left out of the address: {legible(name)[:SHOWN]}={given}. {why[:1].upper()}{why[1:].rstrip('.')}."
    refused = st.session_state.setdefault(REFUSED, [])
    if text not in refused:
        refused.append(text)
    st.query_params.from_dict({other: kept for other, kept in st.query_params.to_dict().items() if other != name})


def refused() -> list[str]:
    """What this run took out of the address, in sentences."""
    return list(st.session_state.get(REFUSED, []))


def read(name: str) -> str:
    """A part of the address, "" if it is not there. Raises KeyError on one that is not in PARTS."""
    return st.query_params.get(name, "")[: PARTS[name]]


def read_number(name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number of the address, forced into its range; the default where it is not there or no number."""
    text = read(name)
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return min(max(int(text), lowest), highest)
    if text:
        refuse(name, "it is no whole number of up to nine digits")
    return default


def read_one(name: str, options: Collection[str], default: str = "") -> str:
    """A part that is one of these; the default where it is not there or none of them."""
    text = read(name)
    if text and text not in options:
        refuse(name, "there is none such here")
    return text if text in options else default


def read_several(name: str, options: Collection[str], *, separator: str = ",") -> list[str]:
    """Those of a list that are among these, each once, in its order."""
    wanted = list(dict.fromkeys(part for part in read(name).split(separator) if part))
    if wanted and not any(one in options for one in wanted):
        refuse(name, "there is none such here")
    return [one for one in wanted if one in options]


def read_as(name: str, parse: Callable[[str], T], default: T) -> T:
    """What a part means; the default where it is not there, or `parse` raises BadInput, which is said."""
    text = read(name)
    if not text:
        return default
    try:
        return parse(text)
    except BadInput as error:
        refuse(name, str(error))
        return default


def shared(**changes: str) -> dict[str, str]:
    """The shared part of the address for a link to another page, with changes."""
    kept = {name: value for name in SHARED if (value := read(name))}
    return readable({**kept, **changes})


def readable(parts: Mapping[str, str]) -> dict[str, str]:
    """Those parts that are not empty and that a page can read."""
    return {name: value for name, value in parts.items() if value and not unreadable(name, value)}


def write(changes: dict[str, str], *, same_view: bool = False) -> None:
    """Change parts of the address in one step ("" removes one), so that Back undoes them in one step.

    same_view: keep page and image, because the images and their order stay.
    """
    dropped = () if same_view else OF_ONE_VIEW
    kept = {name: value for name, value in st.query_params.to_dict().items() if name not in dropped}
    changed = readable({**kept, **changes})
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
