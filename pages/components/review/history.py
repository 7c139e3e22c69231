"""Any past state of the review: shown, compared with now, and restored by new entries; undo and redo of any session."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.answers.review.states import Compared, compared, state_words
from core.answers.view.journal import journal_version
from core.errors import HardlookError
from core.reviews import By, Journal, Saved, redo, restore, undo
from core.wording import count
from pages.components.layout.empty import say_outcome
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.review.outbox import load_journal
from pages.components.review.reviewer import reviewer
from pages.components.widgets.table import Column, TableCell, TableRow, table

AT, SAID = "history_at", "history_said"  # session state: the entry that is looked at; what became of the last step
_COLUMNS = (Column("image", wide=True), Column("then"), Column("now"))


def history_popover(view: View) -> None:
    """A button; what it opens is made only while somebody looks."""
    last = journal_version(view.audit)
    with st.popover("History", key="history", on_change="rerun") as opened:
        if opened.open:
            if last:
                _panel(load_journal(view), last)
            else:
                lines(["Nothing has been decided yet. Here you would see what was, and go back to it."])


def _panel(journal: Journal, last: int) -> None:
    who = reviewer("history_reviewer")
    with st.container(horizontal=True, key="history_steps"):
        for label, step in (("Undo your last step", undo), ("Redo it", redo)):
            st.button(label, key=label, disabled=not who.strip(), on_click=_take, args=(journal, step, who))
    at = st.number_input(
        f"state after entry, 0 to {count(last)}", 0, last, min(int(st.session_state.get(AT, last)), last), key=AT
    )
    found = compared(journal, int(at))
    lines(found.words)
    _differences(found)
    say_outcome(SAID)
    if found.n and who.strip():
        _restore(journal, found, who)


def _differences(found: Compared) -> None:
    if not found.n:
        lines(["Every label and verdict is the same now."])
        return
    shown = "" if found.n == len(found.shown) else f", the first {count(len(found.shown))} of them here"
    lines([f"{count(found.n)} images are otherwise now{shown}."])
    rows = [
        TableRow((TableCell(one.key), TableCell(state_words(one.before)), TableCell(state_words(one.after))))
        for one in found.shown
    ]
    table(_COLUMNS, rows, key="history_differences", height=220)


def _restore(journal: Journal, found: Compared, who: str) -> None:
    """Asked for, then done: one step, which one undo takes back."""
    sure = st.checkbox(
        f"Make these {count(found.n)} images what they were after entry {count(found.at)}, by new entries",
        key=f"history_sure_{found.at}",
    )
    st.button(
        f"Restore the state after entry {count(found.at)}", key="restore", disabled=not sure, on_click=_take,
        args=(journal, lambda journal, by: restore(journal, found.at, by), who),
    )  # fmt: skip


def _take(journal: Journal, step: Callable[[Journal, By], Saved], who: str) -> None:
    try:
        saved = step(journal, By(who))
    except HardlookError as error:
        st.session_state[SAID] = error
        return
    conflicts = f", {count(saved.conflicts)} in conflict" if saved.conflicts else ""
    st.session_state[SAID] = f"Entry {count(saved.sequence)}: {count(saved.applied)} images changed{conflicts}."
    st.session_state.pop(AT, None)
