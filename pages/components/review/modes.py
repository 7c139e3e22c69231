"""How suspects are worked on: as a list, one by one, in bulk, a second time blind, in conflict, as a random sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from core import wording
from core.answers.labels.suspecting import suspecting_scores
from core.answers.labels.suspects import Cuts, decode_cuts, listed, suspects
from core.answers.review.queue import Adjudication, InOrder, SecondReviews
from core.answers.view.choices import ScoreChoice
from core.answers.view.journal import journal_version
from core.answers.view.ranking import Selection
from core.errors import command
from core.types import HARDER_LOW, Ints
from pages.components.layout import address
from pages.components.layout.class_choice import choose_class, chosen_class
from pages.components.layout.empty import say_empty
from pages.components.layout.header import View
from pages.components.layout.layout import lines
from pages.components.layout.loading import answer, large_answer, load_order
from pages.components.review.agreement import show_agreement
from pages.components.review.bulk import Selected, bulk
from pages.components.review.class_changes import classes_popover
from pages.components.review.history import history_popover
from pages.components.review.one_by_one import CONFLICTS, Queue, review
from pages.components.review.sample import draw_sample, sample_ids, show_worth

LIST, ONE, GRID, SECOND, CONFLICT, SAMPLE = "", "one", "grid", "second", "conflicts", "sample"
TITLES = {
    LIST: "List", ONE: "One by one", GRID: "Grid of 48", SECOND: "Second reviews", CONFLICT: "Conflicts",
    SAMPLE: "Random sample",
}  # fmt: skip
EVERY = "all"
DECILES = 10


def choose_mode(view: View) -> str:
    """A row with the ways to work, and the mode that the address names; "" is the list."""
    mode = address.read_one("mode", TITLES, LIST)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="modes"):
        st.session_state["choose_mode"] = mode

        def store() -> None:
            chosen = st.session_state["choose_mode"]
            if chosen is None:  # a second click on the same one
                return
            address.write({"mode": chosen, "drawn": str(journal_version(view.audit)) if chosen == SAMPLE else ""})

        st.segmented_control(
            "mode", list(TITLES), key="choose_mode", format_func=TITLES.__getitem__, on_change=store,
            label_visibility="collapsed",
        )  # fmt: skip
        history_popover(view)
        classes_popover(view)
    return mode


def show_mode(view: View, mode: str) -> None:
    """Everything below the row, for every mode but the list."""
    score = view.score
    if score is None:
        say_empty(
            f"Audit {view.audit.name!r} has no score yet that images could be put in order by.",
            run=[command(view.audit.name, "score", "suspicion")],
        )
    elif mode in (ONE, GRID):
        _by_order(view, score, mode)
    elif mode == SECOND:
        lines(["A random 10 % of what others decided, without their answers. What you say changes nothing by itself."])
        review(view, score, Queue(SecondReviews(), _sign(view, SECOND), "No second review is left to you."))
        show_agreement(view)
    elif mode == CONFLICT:
        lines(["Two answers stand against each other: [ takes the one that stands, ] the other, any key a third."])
        review(
            view,
            score,
            Queue(
                Adjudication(), _sign(view, CONFLICTS), "No conflict is open, or other reviewers have them before them."
            ),
        )
    else:
        _by_sample(view, score)


def _by_order(view: View, score: ScoreChoice, mode: str) -> None:
    """Images in the order of a score, most suspect first: suspects, or everything in view."""
    scores = answer(suspecting_scores, view.reader, view.scores)
    selection = replace(view.selection, label=chosen_class(view))
    # What somebody chose on a map or by a search is reviewed whole.
    of = address.read_one("of", ["suspects", EVERY], EVERY if view.selection.only else "suspects")
    every = score not in scores or of == EVERY
    decile = address.read_number("decile", 0, 0, DECILES)
    ids = queue_ids(view, score, selection, every=every, decile=decile)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="queue"):
        address.choose(
            "of", ["suspects", EVERY] if score in scores else [EVERY], EVERY if every else "suspects",
            lambda chosen: {"of": chosen}, key="of", width=230,
            text=lambda chosen: "every image in view" if chosen == EVERY else f"suspects by {score.name}",
        )  # fmt: skip
        choose_class(view)
        address.choose(
            "decile", [0, *range(DECILES, 0, -1)], decile, lambda chosen: {"decile": str(chosen) if chosen else ""},
            key="decile", width=150, text=lambda one: _decile_text(score, one),
        )  # fmt: skip
        lines([f"{wording.count(len(ids))} images, {_first(score)} first"])
    if not len(ids):
        say_empty(
            "No image in view is in this queue.",
            advice="Choose another class, split or decile, or every image in view.",
        )
        return
    signature = _sign(view, repr((score.address, selection, every, decile, _cut())))
    if mode == ONE:
        review(
            view,
            score,
            Queue(
                InOrder(view.reader, ids),
                signature,
                "Everything in this queue is decided or with another reviewer.",
            ),
        )
    else:
        query = {name: value for name, value in st.query_params.to_dict().items() if name not in address.OF_ONE_VIEW}
        bulk(view, score, Selected(InOrder(view.reader, ids), signature, query))


def queue_ids(view: View, score: ScoreChoice, selection: Selection, *, every: bool, decile: int) -> Ints:
    """(m,) ids, most suspect first. decile: 10 the hardest decile of the order, 0 for all of it."""
    if every:
        ids = load_order(view.reader, score.address, selection)
        ids = ids if score.direction == HARDER_LOW else ids[::-1]
    else:
        found = large_answer(suspects, view.reader, score.address)
        cuts, votes = _cut()
        ids = listed(view.reader, found, cuts, votes, selection)
    return np.array_split(ids, DECILES)[DECILES - decile] if decile else ids


def _by_sample(view: View, score: ScoreChoice) -> None:
    ids = sample_ids(view, score)
    draw_sample(view)
    ended = "This draw is reviewed. Draw more above, or see below what it says."
    signature = _sign(view, repr((SAMPLE, score.address, address.read("drawn"))))
    review(view, score, Queue(InOrder(view.reader, ids), signature, ended))
    show_worth(view, score)


def _cut() -> tuple[Cuts, int]:
    return address.read_as("cut", decode_cuts, Cuts()), address.read_number("agree", 0, 0, 99)


def _sign(view: View, what: str) -> str:
    """Tells a queue from another of this audit, another audit or another state of its files."""
    return f"{what} {view.reader.key!r}"


def _first(score: ScoreChoice) -> str:
    if score.direction is None:
        return f"highest {score.name}"
    return "most suspect" if score.name == "suspicion" else "hardest"


def _decile_text(score: ScoreChoice, decile: int) -> str:
    if not decile:
        return "every decile"
    return {DECILES: "first decile", 1: "last decile"}.get(decile, f"decile {DECILES + 1 - decile} of 10")
