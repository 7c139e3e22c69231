"""A page, or a part of one, without data: what is missing, what would stand there, and the commands that make it.

app.py says errors with it, before the server listens: what reads an audit is imported by the functions that do.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AuditNotFound, Command, HardlookError, Unreadable, command
from pages.components.layout.layout import lines

if TYPE_CHECKING:
    from core.answers.view.reader import Reader

WIDER = "Choose other images, another split or no filter above."

Commands = Sequence[Command | str]


def say_empty(message: str, would_show: str = "", *, run: Commands = (), advice: str = "") -> None:
    """message: what is missing. would_show: what would stand here. run: what makes it; advice: what else to do."""
    parts = [f'<p class="hardlook-what">{escape(message)}</p>']
    if would_show:
        parts.append(f"<p>{escape(would_show)}</p>")
    st.html(f'<div class="hardlook-empty">{"".join(parts)}</div>')
    if run:
        _code(run)
    if advice:
        st.html(f'<div class="hardlook-empty"><p>{escape(advice)}</p></div>')


def say_unlabelled(reader: Reader, so: str, would_show: str) -> bool:
    """Whether no image of the audit has a label; then that is said, with what follows from it."""
    if (reader.labels >= 0).any():
        return False
    name = reader.hub.audit.name
    say_empty(f"No image of audit {name!r} has a label, so {so}.", would_show, run=[command(name, "audit", "PATH")])
    return True


def say_error(error: HardlookError) -> None:
    """What is wrong and the next step, as plain text. Its commands name the audit that the page shows."""
    from pages.components.layout.chosen_audit import chosen_audit

    with suppress(AuditNotFound, Unreadable):  # then there is none to name, and this may be the error that says so
        error.name_audit(chosen_audit().name)
    words = error.hint.removeprefix("Run: ")
    is_command = words != error.hint
    say_empty(error.message, run=[words] if is_command else (), advice="" if is_command else words)


def say_outcome(key: str) -> None:
    """What a button's callback left in the session under `key`, once: a sentence, or an error with its next step."""
    outcome: str | HardlookError = st.session_state.pop(key, "")
    if isinstance(outcome, HardlookError):
        say_error(outcome)
    elif outcome:
        lines([outcome])


def say_command(text: str, run: Commands) -> None:
    """A command for what a part that is here does not have yet."""
    lines([text])
    _code(run)


def advised(reader: Reader, *kinds: str) -> list[str]:
    """The commands that the Overview advises next, of those that make runs of these kinds."""
    from core.answers.runs.next_steps import next_steps

    return [step.command for step in next_steps(reader.hub.audit, reader) if step.kind in kinds]


def _code(run: Commands) -> None:
    st.code("\n".join(map(str, run)), language=None)
