"""The review queue: decisions come in through an outbox, and are acknowledged once they are durable."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.answers.choices import ScoreChoice
from core.answers.detail import find_image
from core.answers.review_card import Card, card
from core.answers.review_queue import Outcome, keep, next_keys, progress
from core.reviews import Journal, class_names, open_journal, state_of
from core.types import Bools, Ints
from pages.components import address
from pages.components.header import View
from pages.components.image import show_image
from pages.components.loading import load_scored

HERE = Path(__file__)
KEY = "review"
AHEAD = 6  # cards that the browser keeps ready
OUTCOMES = "review_outcomes"
OUTCOMES_KEPT = 400

_component = st.components.v2.component(
    "hardlook_review",
    html='<div class="review"></div>',
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, eq=False)
class Queue:
    """What is reviewed. ids: (m,) in the order of review; inside: (n,) bool, the same; ended: said when it is empty.

    blind: as second reviews, without what others decided.
    """

    ids: Ints
    inside: Bools
    signature: str
    ended: str
    blind: bool = False


@st.fragment
def review(view: View, score: ScoreChoice, queue: Queue) -> None:
    """Draw the queue, write what was decided, and send the cards that come next."""
    journal = load_journal(view)
    box = _box(queue)
    reviewer = signed_in() or str(box.get("reviewer", ""))
    cards, waiting = _next_cards(view, score, journal, queue, reviewer, set(box.get("have", ())))
    outcomes: dict[tuple[str, int], Outcome] = st.session_state.get(OUTCOMES, {})
    nonces = {str(item["nonce"]) for item in box.get("items", ())}

    def sent() -> None:
        _write(journal, queue, view)

    _component(
        key=KEY,
        data={
            "signature": queue.signature, "fixed": signed_in(), "classes": list(class_names(journal)),
            "cards": [_drawn(journal, one, queue) for one in cards],
            "outcomes": [asdict(one) for one in outcomes.values()],
            "acknowledged": {nonce: journal.acknowledged(nonce) for nonce in nonces},
            "progress": progress(view.reader, journal, queue.inside).text,
            "ended": queue.ended if reviewer and not waiting and not cards else "",
        },
        on_box_change=sent, on_open_change=lambda: address.write(
            {"image": str(st.session_state[KEY]["open"] or "")}, same_view=True
        ),
    )  # fmt: skip
    if image := address.read("image"):
        show_image(view, image)


def load_journal(view: View) -> Journal:
    """The audit's journal, opened once in this process."""
    return _journal(str(view.audit.path), view)


def signed_in() -> str:
    """The name of whoever signed in through OIDC, "" where nobody has to."""
    return str(st.user.get("email") or st.user.get("name") or "") if st.user.get("is_logged_in") else ""


def _box(queue: Queue) -> Mapping[str, Any]:
    """What the browser last sent; for another queue only the outbox counts."""
    box = (st.session_state.get(KEY) or {}).get("box") or {}
    return box if box.get("signature") == queue.signature else {**box, "have": ()}


def _write(journal: Journal, queue: Queue, view: View) -> None:
    """Everything in the outbox, in order. The journal counts what arrives twice once."""
    box = _box(queue)
    reviewer = signed_in() or str(box.get("reviewer", ""))
    known: dict[tuple[str, int], Outcome] = st.session_state.setdefault(OUTCOMES, {})
    runs = {"score": view.score.address} if view.score else {}
    if view.model_id:
        runs["train"] = view.model_id
    for item in box.get("items", ()):
        place = (str(item["nonce"]), int(item["number"]))
        if place not in known:
            known[place] = keep(journal, item, reviewer, runs)
    for old in list(known)[:-OUTCOMES_KEPT]:
        del known[old]


def _next_cards(
    view: View, score: ScoreChoice, journal: Journal, queue: Queue, reviewer: str, have: set[str]
) -> tuple[list[Card], bool]:
    """Cards that are ready and that the browser lacks; whether more are being made.

    A card takes a tenth of a second and more: it is made in the background, so that no decision waits for it.
    """
    if not reviewer:
        return [], False
    wanted = next_keys(view.reader, journal, queue.ids, reviewer, AHEAD, decided_too=queue.blind)
    making = {key: _making(view, score, key) for key in wanted if key not in have}
    first = next(iter(making.values()), None)
    if first is not None and not have:
        first.result()  # nothing to look at: the first is worth waiting for
    ready = [made for future in making.values() if future.done() and (made := future.result()) is not None]
    return ready, any(not future.done() for future in making.values()) or bool(have & set(wanted))


def _drawn(journal: Journal, one: Card, queue: Queue) -> dict[str, Any]:
    """A card for the browser, with what the journal says of it now and how far the journal was."""
    seen = journal.last
    state = None if queue.blind else state_of(journal, one.key)
    said = None if state is None else {"verdict": state.verdict, "label": state.label, "reviewer": state.reviewer}
    suggestions = [{"name": each.name, "text": each.text} for each in one.suggestions]
    return {**asdict(one), "suggestions": suggestions, "seen": seen, "state": said, "blind": queue.blind}


@st.cache_resource(max_entries=8, show_spinner=False)
def _journal(path: str, _view: View) -> Journal:
    return open_journal(_view.audit)


@st.cache_resource(show_spinner=False)
def _makers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="cards")


def _making(view: View, score: ScoreChoice, key: str) -> Future[Card | None]:
    return _future(view.reader.key, score.address, key, view, score)


# 50 kB each.
@st.cache_resource(max_entries=200, show_spinner=False)
def _future(reader_key: tuple[str, ...], score: str, key: str, _view: View, _score: ScoreChoice) -> Future[Card | None]:
    scored, reader, scores = load_scored(_view.reader, score), _view.reader, _view.scores

    def make() -> Card | None:
        image_id = find_image(reader, key)
        return None if image_id is None else card(reader, image_id, scores, _score, scored)

    return _makers().submit(make)


def mask(view: View, ids: Ints) -> Bools:
    """(n,) bool: the images of a queue."""
    inside = np.zeros(view.reader.n_images, bool)
    inside[ids] = True
    return inside
