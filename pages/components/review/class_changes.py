"""Classes are renamed, merged and added where labels are reviewed; each change is an entry of the journal."""

from __future__ import annotations

import streamlit as st

from core.errors import HardlookError
from core.reviews import By, Journal, Saved, add_class, class_names, merge_class, rename_class
from core.wording import count
from pages.components.layout.empty import say_outcome
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.review.outbox import load_journal
from pages.components.review.reviewer import reviewer

RENAME, MERGE, ADD = "rename", "merge", "add"
SAID = "classes_said"  # session state: what became of the last change
WORDS = {RENAME: "Rename a class", MERGE: "Merge a class into another", ADD: "Add a class"}


def classes_popover(view: View) -> None:
    """A button; what it opens is made only while somebody looks."""
    with st.popover("Classes", key="classes_popover", on_change="rerun") as opened:
        if opened.open:
            _panel(load_journal(view))


def _panel(journal: Journal) -> None:
    names = list(class_names(journal))
    lines([f"{count(len(names))} classes. Labels follow by name; Undo under History takes a change back."])
    what = st.selectbox("change", list(WORDS), key="class_change", format_func=WORDS.__getitem__)
    name, to = "", ""
    if what != ADD:
        name = st.selectbox("class", names, key="class_changed")
    if what == MERGE:
        to = st.selectbox("into", [one for one in names if one != name], key="class_into")
    else:
        to = st.text_input("new name", key="class_new_name")
    who = reviewer("classes_reviewer")
    said = {
        RENAME: f"Rename {name!r} to {to.strip()!r}",
        MERGE: f"Merge {name!r} into {to!r}",
        ADD: f"Add {to.strip()!r}",
    }
    ready = bool(who.strip() and (to or "").strip())
    st.button(
        said[what] if ready else WORDS[what], key="change_class", disabled=not ready, on_click=_change,
        args=(journal, what, name, to, who),
    )  # fmt: skip
    say_outcome(SAID)


def _change(journal: Journal, what: str, name: str, to: str, who: str) -> None:
    by = By(who)
    try:
        saved: Saved
        if what == RENAME:
            saved = rename_class(journal, name, to, by)
        elif what == MERGE:
            saved = merge_class(journal, name, to, by)
        else:
            saved = add_class(journal, to, by)
        st.session_state[SAID] = f"Entry {count(saved.sequence)}: done."
        st.session_state["class_new_name"] = ""
    except HardlookError as error:
        st.session_state[SAID] = error
