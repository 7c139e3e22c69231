"""Review in bulk: 48 images at once, marked and decided together; or everything of a selection by one predicate."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from core.answers.image.tiles import Tile, renamed, tiles
from core.answers.review.queue import InOrder
from core.answers.view.choices import ScoreChoice
from core.errors import BadInput
from core.reviews import Journal, ReviewState, states_of
from core.types import Ints
from pages.components.image.dialog import show_image
from pages.components.layout import address
from pages.components.layout.explained import fragment
from pages.components.layout.header import View
from pages.components.layout.loading import load_scored
from pages.components.review.outbox import answers, load_journal, read_box, write_box
from pages.components.widgets.light_table import pages_of, part_of
from pages.components.widgets.payload import payload
from pages.components.widgets.script import script

KEY = "bulk"
SHEET, TILE = 48, 88  # tiles, pixels

_component = st.components.v2.component(
    "hardlook_bulk",
    html='<div class="review table"></div>',
    css=script("widgets/names.css", "widgets/grid.css", "review/outbox.css", "review/bulk.css"),
    js=script(
        "widgets/elements.js",
        "widgets/names.js",
        "review/outbox.js",
        "review/choose.js",
        "widgets/tile.js",
        "review/review_tile.js",
        "review/bulk.js",
    ),
)


@dataclass(frozen=True, eq=False)
class Selected:
    """What is reviewed in bulk. source: the images in order. query: the address that they follow from."""

    source: InOrder
    signature: str
    query: dict[str, str]

    @property
    def mark(self) -> str:
        """Tells this selection from another in few characters."""
        return hashlib.blake2b(self.signature.encode(), digest_size=8).hexdigest()


@fragment
def bulk(view: View, score: ScoreChoice, selected: Selected) -> None:
    """Draw the sheet that the address names, and write what was decided."""
    journal, box, ids = load_journal(view), read_box(KEY), selected.source.ids
    pages = max(pages_of(ids, SHEET), 1)
    page = address.read_number("page", 1, 1, pages)
    asked = int(box.get("page", page)) if box.get("signature") == selected.mark else page
    told = answers(view, KEY, journal)
    # Tiles name classes: those with the names of before are sent anew.
    kept = box.get("signature") == selected.mark and told["classes"] is None
    have = set(box.get("have", ())) if kept else set()
    near = [number for number in (asked, asked + 1, asked - 1) if 1 <= number <= pages]
    sheets = {number: renamed(journal, _sheet(view, score, ids, number)) for number in near}
    shown = {tile.key for sheet in sheets.values() for tile in sheet}
    counted = selected.source.count(journal)
    _component(
        key=KEY,
        data=payload(
            **told, signature=selected.mark, page=page, pages=pages, tile=TILE,
            sheets={str(n): _drawn(sheet, part_of(ids, n, SHEET)[1]) for n, sheet in sheets.items() if n not in have},
            states={key: _said(state) for key, state in _states(journal, shown).items()},
            total=len(ids), decided=counted.decided, progress=counted.text,
            predicate={"query": selected.query, "mark": selected.mark},
            runs={"score": score.address} | ({"train": view.model_id} if view.model_id else {}),
        ),
        on_box_change=lambda: _sent(view, selected, pages), on_open_change=_open,
    )  # fmt: skip
    if image := address.read("image"):
        show_image(view, image)


def _sent(view: View, selected: Selected, pages: int) -> None:
    def whole(predicate: Any) -> Ints:
        if predicate.get("mark") != selected.mark:
            raise BadInput("The selection is another one since all of it was marked.", "Mark it again.")
        return selected.source.ids

    write_box(view, KEY, whole)
    box = read_box(KEY)
    if box.get("signature") == selected.mark:
        page = min(max(int(box.get("page", 1)), 1), pages)
        address.write({"page": str(page) if page > 1 else ""}, same_view=True)


def _open() -> None:
    address.write({"image": str(st.session_state[KEY]["open"] or "")}, same_view=True)


def _sheet(view: View, score: ScoreChoice, ids: Ints, page: int) -> list[Tile]:
    part, _ = part_of(ids, page, SHEET)
    scored = load_scored(view.reader, score.address)
    return tiles(view.reader, scored, score.address, part, view.model_id, undoubted=True)


def _drawn(sheet: list[Tile], text: str) -> dict[str, Any]:
    return {"range": text, "tiles": [asdict(tile) for tile in sheet]}


def _states(journal: Journal, keys: set[str]) -> dict[str, ReviewState]:
    return states_of(journal, sorted(keys))


def _said(state: ReviewState) -> dict[str, str]:
    return {"verdict": state.verdict, "label": state.label or "", "reviewer": state.reviewer}
