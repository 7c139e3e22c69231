"""The thumbnail grid: one component, thumbnails inside its data, sheets turned in the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from core.answers.image.tiles import Tile
from pages.components.widgets.payload import payload
from pages.components.widgets.script import script

KEY = "grid"

_component = st.components.v2.component(
    "hardlook_grid",
    html='<div class="table"></div>',
    css=script("widgets/names.css", "widgets/grid.css"),
    js=script("widgets/elements.js", "widgets/names.js", "widgets/tile.js", "widgets/grid.js"),
)


@dataclass(frozen=True)
class Group:
    """One end of an order. tone: "hard", "easy" or "" where that is not known."""

    title: str
    tone: str
    note: str
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Band:
    """Groups side by side, under a title or none."""

    title: str
    note: str
    groups: Sequence[Group]


@dataclass(frozen=True)
class Sheet:
    """What is seen at once. range: which part of the order, in words."""

    range: str
    bands: Sequence[Band]


def grid(
    make_sheet: Callable[[int], Sheet], *, signature: str, page: int, pages: int, tile: int,
    on_turn: Callable[[int], None], on_open: Callable[[str], None], key: str = KEY,
) -> None:  # fmt: skip
    """Draw sheet `page`; once it is there the browser asks for its neighbours, and gets those it does not have.

    make_sheet: the sheet of a page from 1. signature: changes when any sheet would. tile: width in pixels.
    on_turn gets the page that the viewer turned to, on_open the key of the image opened. key: the component's own.
    """
    turn = _last_turn(key, signature)
    have = set(turn.get("have", ()))
    asked_for = (page, page + 1, page - 1) if turn else (page,)  # a new view is seen sooner without its neighbours
    wanted = [number for number in asked_for if 1 <= number <= pages and number not in have]

    def turned() -> None:
        asked = _last_turn(key, signature)
        if asked:
            on_turn(min(max(int(asked["page"]), 1), pages))

    def opened() -> None:
        image = st.session_state[key]["open"]
        if image:
            on_open(str(image))

    _component(
        key=key,
        data=payload(
            signature=signature, page=page, pages=pages, tile=tile, sequence=int(turn.get("sequence", 0)),
            sheets={str(n): asdict(make_sheet(n)) for n in wanted},
        ),
        on_turn_change=turned, on_open_change=opened,
    )  # fmt: skip


def _last_turn(key: str, signature: str) -> dict[str, Any]:
    """What the browser last asked for, {} if that was about another view."""
    turn = (st.session_state.get(key) or {}).get("turn") or {}
    return turn if turn.get("signature") == signature else {}
