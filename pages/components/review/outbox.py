"""The server's end of the outbox: what a browser decided is written, and acknowledged once it is durable.

A component that decides keeps its items until their outcome comes back (`outbox.js`), and sends them again until then.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from core.answers.review.decisions import Outcome, Whole, keep_all
from core.errors import HardlookError, legible
from core.reviews import Journal, class_names, open_journal
from pages.components.layout.header import View
from pages.components.review.reviewer import NAME

OUTCOMES, TROUBLE = "review_outcomes", "review_trouble"  # session state: of the last box of each component
Box = Mapping[str, Any]


def load_journal(view: View) -> Journal:
    """The audit's journal, opened once in this process for the classes that the images have now."""
    return _journal(view.audit.place, view.reader.class_names, view)


@st.cache_resource(max_entries=8, show_spinner=False)
def _journal(path: str, class_names: tuple[str, ...], _view: View) -> Journal:
    return open_journal(_view.audit)


def signed_in() -> str:
    """The name of whoever signed in through OIDC, "" where nobody has to."""
    return str(st.user.get("email") or st.user.get("name") or "") if st.user.get("is_logged_in") else ""


def audit_mark(view: View) -> str:
    """Tells this audit's items from those of another, without saying where it lies."""
    return hashlib.blake2b(os.fsencode(view.audit.path.resolve()), digest_size=6).hexdigest()


def read_box(key: str) -> Box:
    """What the browser last sent through the component of this key; JSON lets it send halves of characters."""
    box: Box = _legible((st.session_state.get(key) or {}).get("box") or {})
    return box


def _legible(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _legible(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_legible(one) for one in value]
    return legible(value) if isinstance(value, str) else value


def reviewer_of(box: Box) -> str:
    """Who reviews: whoever signed in, else the name entered."""
    return signed_in() or str(box.get("reviewer", "")).strip()


def write_box(view: View, key: str, whole: Whole) -> None:
    """Write everything in the box that is of this audit and not written yet. whole: see `keep_all`."""
    box, mark = read_box(key), audit_mark(view)
    if name := reviewer_of(box):
        st.session_state[NAME] = name
    known: dict[tuple[str, int], Outcome] = st.session_state.get(f"{OUTCOMES} {key}", {})
    items = {(str(item["nonce"]), int(item["number"])): item for item in box.get("items", ()) if item["audit"] == mark}
    fresh = [item for place, item in items.items() if place not in known]
    st.session_state[f"{TROUBLE} {key}"] = ""
    try:
        found = keep_all(view.reader, load_journal(view), fresh, signed_in(), whole)
    except HardlookError as error:  # the items stay in the browser, which sends them again
        st.session_state[f"{TROUBLE} {key}"] = str(error)
        found = []
    kept = {place: outcome for place, outcome in known.items() if place in items}
    st.session_state[f"{OUTCOMES} {key}"] = kept | {(one.nonce, one.number): one for one in found}


def answers(view: View, key: str, journal: Journal) -> dict[str, Any]:
    """What every component that decides is told: outcomes of what it sent last, and who and what there is."""
    box = read_box(key)
    names = list(class_names(journal))
    version = hashlib.blake2b("\n".join(names).encode(), digest_size=6).hexdigest()
    outcomes: dict[tuple[str, int], Outcome] = st.session_state.get(f"{OUTCOMES} {key}", {})
    return {
        "audit": audit_mark(view), "fixed": signed_in(), "answered": box.get("asked", ""),
        "outcomes": [asdict(one) for one in outcomes.values()],
        "trouble": st.session_state.get(f"{TROUBLE} {key}", ""),
        # A thousand names are sent once, not with every answer.
        "classes": None if box.get("classes") == version else names, "classes_version": version,
        "seen": journal.last,
    }  # fmt: skip
