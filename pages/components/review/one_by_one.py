"""Review one by one: an image, what its label may be, why it is doubted, and one key that decides and goes on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any

import streamlit as st

from core.answers.image.class_vectors import ClassVectors
from core.answers.image.detail import find_image
from core.answers.review.card import Card, Past, card, past, renamed, sides
from core.answers.review.decisions import UNDO
from core.answers.review.queue import Next, QueueSource, earlier_keys, open_conflicts
from core.answers.view.choices import ScoreChoice
from core.answers.view.reader import Reader
from core.answers.view.similar import embedding_run
from core.errors import BadInput
from core.reviews import Conflict, Journal, state_of
from core.reviews.queue import give_back
from core.types import Ints
from pages.components.image.dialog import show_image
from pages.components.layout import address
from pages.components.layout.explained import fragment
from pages.components.layout.header import View
from pages.components.layout.loading import load_scored
from pages.components.review.outbox import answers, load_journal, read_box, reviewer_of, write_box
from pages.components.widgets.payload import payload
from pages.components.widgets.script import script

KEY = "review"
AHEAD = 10  # cards that the browser keeps ready
BEHIND = 40  # decided images that can be gone back to
PATIENCE_S = 0.05  # how long an answer waits for a card that the browser is short of
FEED = "review_feed"  # session state: where the queue's order was left

_component = st.components.v2.component(
    "hardlook_review",
    html='<div class="review"></div>',
    css=script("review/outbox.css", "review/one_by_one.css"),
    js=script("widgets/elements.js", "review/outbox.js", "review/choose.js", "review/card.js", "review/one_by_one.js"),
)


@dataclass(frozen=True, eq=False)
class Queue:
    """What is reviewed. signature: changes when it is another queue. ended: said when nothing is left."""

    source: QueueSource
    signature: str
    ended: str


@fragment
def review(view: View, score: ScoreChoice, queue: Queue) -> None:
    """Draw the queue, write what was decided, and send the cards that come next."""
    journal, box = load_journal(view), read_box(KEY)
    reviewer = reviewer_of(box)
    told = answers(view, KEY, journal)
    # Cards name classes: those with the names of before are sent anew.
    kept = box.get("signature") == queue.signature and told["classes"] is None
    have = set(box.get("have", ())) if kept else set()
    wanted = _wanted(journal, queue, reviewer)
    asked_for = [str(key) for key in box.get("want", ())][:AHEAD]
    cards, waiting = _cards(
        view, score, [key for key in (*asked_for, *wanted) if key not in have], urgent=len(have) < 2
    )
    conflicts = open_conflicts(journal) if queue.signature.startswith(CONFLICTS) else {}
    _component(
        key=KEY,
        data=payload(
            **told, signature=queue.signature,
            cards=[_drawn(view, score, journal, one, queue, conflicts.get(one.key)) for one in cards],
            next=wanted, earlier=[] if queue.source.blind else earlier_keys(journal, reviewer, BEHIND),
            progress=queue.source.progress(journal, reviewer),
            ended=queue.ended if reviewer and not waiting and not cards and not wanted else "",
        ),
        on_box_change=lambda: _sent(view), on_open_change=_open,
    )  # fmt: skip
    if image := address.read("image"):
        show_image(view, image)


CONFLICTS = "conflicts"
"""How the signature of the adjudication queue begins: its cards show both answers."""


def _sent(view: View) -> None:
    write_box(view, KEY, _no_selection)
    if any(item["kind"] == UNDO for item in read_box(KEY).get("items", ())):
        st.session_state.pop(FEED, None)  # what was taken back may lie before the place where the order was left
    left = read_box(KEY).get("left")
    if left:
        give_back(load_journal(view), [str(key) for key in left["keys"]], str(left["reviewer"]))


def _open() -> None:
    address.write({"image": str(st.session_state[KEY]["open"] or "")}, same_view=True)


def _no_selection(predicate: Any) -> Ints:
    raise BadInput("A whole selection is marked from the grid.", "Open the grid again and mark it there.")


def _wanted(journal: Journal, queue: Queue, reviewer: str) -> list[str]:
    """Keys of the images that come next; the order is gone on with where it was left."""
    if not reviewer:
        return []
    signature, start = st.session_state.get(FEED, ("", 0))
    place = (queue.signature, reviewer)
    found: Next = queue.source.next_keys(journal, reviewer, AHEAD, start if signature == place else 0)
    st.session_state[FEED] = (place, found.start)
    return found.keys


def _cards(view: View, score: ScoreChoice, keys: list[str], *, urgent: bool) -> tuple[list[Card], bool]:
    """The cards that are ready, none before those ahead of it, and whether more are being made.

    A card takes a tenth of a second and more: it is made in the background, so that no decision waits for it.
    """
    making = [_making(view, score, key) for key in keys]
    missing = [future for future in making if not future.done()]
    if missing and urgent:
        wait(missing[:1], PATIENCE_S)
    ready = [made for future in takewhile(lambda one: one.done(), making) if (made := future.result()) is not None]
    return ready, any(not future.done() for future in making)


def _drawn(
    view: View, score: ScoreChoice, journal: Journal, one: Card, queue: Queue, conflict: Conflict | None
) -> dict[str, Any]:  # fmt: skip
    """A card for the browser: classes by their names now, with what the journal says of it and how far that was."""
    seen, blind = journal.last, queue.source.blind
    state = None if blind else state_of(journal, one.key)
    said = None if state is None else {"verdict": state.verdict, "label": state.label, "reviewer": state.reviewer}
    now = renamed(journal, one)
    history: list[Past] = [] if blind else past(journal, one.key)
    runs = {"score": score.address} | ({"train": view.model_id} if view.model_id else {})
    return {
        **asdict(now), "given_now": now.given, "given": one.given, "seen": seen, "state": said, "blind": blind,
        "suggestions": [{"name": each.name, "text": each.text} for each in now.suggestions],
        "history": [asdict(each) for each in history], "runs": runs,
        "sides": [asdict(side) for side in sides(conflict)] if conflict else [],
        "conflict": conflict.sequence if conflict else 0,
    }  # fmt: skip


@st.cache_resource(show_spinner=False)
def _makers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="cards")


def _making(view: View, score: ScoreChoice, key: str) -> Future[Card | None]:
    return _future(view.reader.key, score.address, key, view, score)


# 100 MB each.
@st.cache_resource(max_entries=2, show_spinner=False)
def _vectors(reader_key: tuple[str, ...], run_id: str, _reader: Reader) -> ClassVectors:
    return ClassVectors(_reader, run_id)


# 50 kB each.
@st.cache_resource(max_entries=200, show_spinner=False)
def _future(reader_key: tuple[str, ...], score: str, key: str, _view: View, _score: ScoreChoice) -> Future[Card | None]:
    scored, reader, scores = load_scored(_view.reader, score), _view.reader, _view.scores
    run = embedding_run(reader, _score)
    vectors = _vectors(reader_key, run.run_id, reader) if run else None

    def make() -> Card | None:
        image_id = find_image(reader, key)
        return None if image_id is None else card(reader, image_id, scores, _score, scored, vectors)

    return _makers().submit(make)
