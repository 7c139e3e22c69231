"""A table whose texts are plain text and whose numbers align; rows may be links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.types import Sources
from pages.components.layout.layout import say_provenance
from pages.components.widgets.payload import payload

NOTHING_MEASURED: Sources = {}
HERE = Path(__file__)

_component = st.components.v2.component(
    "hardlook_table",
    html='<div class="frame"></div>',
    css=HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Column:
    """A column. number: right, aligned on the decimal point. wide: texts break into lines. tip: what it says."""

    title: str
    number: bool = False
    wide: bool = False
    tip: str = ""


@dataclass(frozen=True)
class TableCell:
    """A text to draw, its tone ("wrong", "suspect", "quiet" or ""), and what it sorts by if not its text.

    link: what `on_open` is given when this cell is opened, where that is not what the row opens.
    """

    text: str
    tone: str = ""
    sort: float | None = None
    link: str = ""


@dataclass(frozen=True)
class TableRow:
    """Cells, and what `on_open` is given when the row is opened; "" where it cannot be."""

    cells: Sequence[TableCell]
    link: str = ""


def as_data(row: TableRow) -> dict[str, Any]:
    """As the script reads it: what a cell does not have is left out, for a thousand classes are ten thousand cells."""
    return {"cells": [_cell(cell) for cell in row.cells], "link": row.link}


def _cell(cell: TableCell) -> dict[str, Any]:
    made: dict[str, Any] = {"text": cell.text}
    if cell.tone:
        made["tone"] = cell.tone
    if cell.sort is not None:
        made["sort"] = cell.sort
    if cell.link:
        made["link"] = cell.link
    return made


def table(
    columns: Sequence[Column], rows: Sequence[TableRow], *, key: str, height: int | None = None,
    on_open: Callable[[str], None] | None = None, sources: Sources = NOTHING_MEASURED,
) -> None:  # fmt: skip
    """Draw a table that sorts by a click on a title. height: pixels after which it scrolls.

    sources: of its figures, said below it; nothing for a table of names, settings, sizes and numbers of things.
    """

    def opened() -> None:
        link = st.session_state[key]["open"]
        if link and on_open:
            on_open(str(link))

    _component(
        key=key,
        data=payload(columns=[vars(one) for one in columns], rows=[as_data(one) for one in rows], height=height),
        on_open_change=opened,
    )
    say_provenance(sources)
