"""What tells the images of a page from the others, in a few quiet lines: asked for with a button, then kept."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.answers.view.choices import ScoreChoice
from core.answers.view.ranking import Selection
from core.answers.view.reader import Reader
from core.answers.view.searches import why_not_by_words
from core.answers.view.told import SOURCES, Answer, Question, kept_answer, of_ends, of_images, start_telling
from core.types import Ints
from core.wording import count, with_interval
from core.words.telling import CLASS, COLUMN, WORD, Tells, Told
from pages.components.layout.layout import say_provenance
from pages.components.layout.waiting import wait_for

ASKED = "told_asked"  # session state: the question whose button was pressed
SHOWN = 5  # of each kind
KINDS = {WORD: ("", "words"), CLASS: ("nearest classes", "classes"), COLUMN: ("columns", "columns")}


def ends_in_words(reader: Reader, score: ScoreChoice, order: Ints) -> None:
    """The hardest and the easiest decile of an order, ids lowest score first."""
    if len(order):
        _draw(reader, of_ends(reader, score, order), "told_ends", "Say both ends in words")


def images_in_words(reader: Reader, ids: Ints, selection: Selection, *, key: str) -> None:
    """Some images. ids: (m,) int. selection: whose split and filter the others are of."""
    if len(ids):
        _draw(reader, of_images(reader, ids, selection), f"told_{key}", "Say these in words")


def _draw(reader: Reader, question: Question | None, key: str, label: str) -> None:
    """The answer where it is kept, the wait where it was asked for, else the button. Nothing without an embedding."""
    if question is None:
        return
    asked = st.session_state.get(ASKED) == str(question.path)
    if (answer := kept_answer(question)) is not None:
        _lines(reader, question, answer)
    elif asked:
        wait_for(start_telling(reader, question), key=f"{key}_wait")
    else:
        st.button(
            label, key=key, type="tertiary", icon=":material/notes:", on_click=_ask, args=(question,),
            help="Words, or classes where the encoder reads no text, and columns that tell these images from the "
                 "others of their classes, where no selection by chance does.",
        )  # fmt: skip


def _ask(question: Question) -> None:
    st.session_state[ASKED] = str(question.path)


def _lines(reader: Reader, question: Question, answer: Answer) -> None:
    body = "".join(f"<dt>{escape(name.capitalize())}</dt><dd>{_told(told)}</dd>" for name, told in answer.items())
    why, command = why_not_by_words(reader)
    more = (
        "" if question.reads else f'<p class="hardlook-told-note">{escape(why)}: no words. {escape(str(command))}</p>'
    )
    st.html(f'<dl class="hardlook-told">{body}</dl>{more}')
    say_provenance(SOURCES)


def _told(told: Told) -> str:
    """What tells one selection, a line a kind; and which images were told from which."""
    parts = [text for kind in KINDS if (text := _kind(kind, told))]
    return "".join(f"<div>{part}</div>" for part in parts) + f"<small>{escape(told.about)}</small>"


def _kind(kind: str, told: Told) -> str:
    """ "" where there is nothing of that kind to be told by."""
    before, called = KINDS[kind]
    tried, found = told.of_kind(kind), told.beyond_chance(kind)
    if not tried:
        return ""
    if not found:
        return f"<small>none of {count(tried[0].of)} {called} tells them from the others</small>"
    said = " · ".join(_one(one) for one in found[:SHOWN])
    return f"<small>{before}</small> {said}" if before else said


def _one(one: Tells) -> str:
    return f"<span><bdi>{escape(one.name)}</bdi> <small>{with_interval(one.margin)}</small></span>"
